"""The index that a holder publishes: entries that open only to who evaluated their identifier, in signed, chained manifests."""
