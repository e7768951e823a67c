"""Publishing a release: to a folder, to an object store, to the Hugging Face Hub.

    run.py       the steps: validate, compare with what is there, put, load back
    target.py    what a target is, and which one an address means
    folder.py    objects.py    hub.py       the three kinds of targets
    loading.py   loads a published release as its users do, and compares the rows
    store.py     hub_client.py       stores of fsspec and the client of the Hub, and what goes wrong there

A new kind of target is a class with the methods of `target.Target` and a line in `open_target`.
"""
