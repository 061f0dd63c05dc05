"""The ways in: peers over mutual TLS, officers over the national API. Errors become problem documents here and nowhere below."""
