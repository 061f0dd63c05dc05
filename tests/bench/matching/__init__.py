"""`make bench-matching`: how well name keys find people, beside an exact hash, Bloom filters and an unprotected classifier.

An environment of its own (`requirements.lock`): what it compares with needs older libraries, and the product needs none of it.
All people are invented: FEBRL's by its authors, the others by the generators beside this file.
"""
