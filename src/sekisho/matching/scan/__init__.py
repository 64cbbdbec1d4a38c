"""One compiled pass over a message: where values of the ledger and beginnings of lists stand."""
