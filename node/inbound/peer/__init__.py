"""The way in for peers: their own port, TLS 1.3 with client certificates, four endpoints."""
