"""Adapters of the ports that speak to other machines: `outbound`, `peer`, `platform`. Exports nothing."""
