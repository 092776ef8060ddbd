"""The data listener: public bytes under endpoint tokens.

`/data/<context>/transfers/<id>` is the file, `/files/<path>` one of a folder, `/manifest[/<path>]` its chunk
manifest, `/listing` the files of a folder. Every answer says `no-store` (F4).
"""
