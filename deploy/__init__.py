"""How nodes are brought up. Today: the demonstration; images and charts come later."""
