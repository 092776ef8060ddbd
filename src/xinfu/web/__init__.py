"""Thin ASGI: decode, call one service, encode. One app a listener; errors become bodies in problem.py."""
