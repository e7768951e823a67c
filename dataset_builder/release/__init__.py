"""A release: its Parquet files, card, manifest and checksums; written whole or not at all."""
