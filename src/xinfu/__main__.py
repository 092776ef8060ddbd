"""`python -m xinfu`: the same as `xinfu`."""

from xinfu.cli.main import main

if __name__ == "__main__":
    main()
