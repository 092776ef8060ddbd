"""Migrations, run by stores/migrate.py; one file a schema change."""
