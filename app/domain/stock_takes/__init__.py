"""Stock-takes: what is counted blind, compared with the ledger at the moment of counting, and posted."""
