"""Language models behind one protocol: one exchange, its retries, its price, its checked reply."""
