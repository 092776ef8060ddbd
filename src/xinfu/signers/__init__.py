"""ADAPTERS of ports/signer.py and ports/keyring.py; named by file."""
