"""Puts the text back into a release that withholds it, from a reader's own copies of the pages.

    source.py    what the release says: rows, hashes, signatures
    find.py      which page may be which article
    rebuild.py   the released text, piece by piece, out of what a page says
    fill.py      the words of every surface, each proven by its hash
    run.py       all of it, and the release that comes of it

Nothing is taken on trust: neither file names nor similarity put a word into a table, only a hash of
the release does. So a wrong page, an edited or a hostile one costs what it does not have, and no more.
"""
