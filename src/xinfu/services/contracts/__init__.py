"""The digital contract (数字合约) from its draft to its end: numbered, negotiated, signed, filed, ended."""
