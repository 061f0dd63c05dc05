"""The signed directory of authorities (TUF 1.0): the Secretariat's side and the member's side."""
