"""xinfu (信符): the trusted data space in a box.

Reading order: `dsp`, `odrl`, `evidence`, `credentials` say what is true (pure values); `ports` says what
the inside needs; `services` are the use cases; `node` builds the parts. `xinfu.client` is for users.
"""

__version__ = "0.1.0"
