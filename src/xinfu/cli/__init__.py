"""The command line: one file a command. Only `main.py` prints errors and exits."""
