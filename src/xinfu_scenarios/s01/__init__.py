"""S01, the ledger of the city and state-owned firms: figures, ledger, exchange between many participants, pages."""
