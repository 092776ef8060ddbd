"""Tables as sources: SQLite, DuckDB and PostgreSQL, as CSV, JSON Lines, Parquet and Arrow.

Read in this order: `parameters` (what a consumer may say), `queries` (which statement that becomes), the engines
`sqlite`, `duckdb` and `postgres` (rows in batches), `text` and `arrow` (batches as bytes), `results` (bytes that
can be read again by range), `plane` (all of it behind the port).
"""
