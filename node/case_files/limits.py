"""How large a case export may be, each bound with its reason.

What a country keeps about trafficking networks is thousands of rows. The bounds leave room for a hundred times that, and keep
a made-up file from filling the memory or the day of the node that reads it.
"""

# 100,000 rows of 20 columns are about 15 MB as CSV and 8 MB as XLSX.
FILE_BYTES = 32 << 20
# The same table as XML, before it was packed: 76 MB. At 9 MB a second, a file that is all markup keeps the reader under a minute.
UNPACKED_BYTES = 128 << 20
# Sheets of repeated words pack to between 1:15 and 1:40; deflate can do 1:1032, and only bombs come near.
PACKING_RATIO = 120
# A part smaller than this may pack as it likes: it cannot hurt.
RATIO_FREE_BYTES = 1 << 20
# A workbook has a part a sheet, a picture, a setting; hundreds of parts are no case export.
ARCHIVE_PARTS = 512
# Parts that are read as a whole (workbook, relationships, styles): real ones stay below 1 MB.
SMALL_PART_BYTES = 4 << 20
# SpreadsheetML nests seven deep; expat keeps every open element in memory.
XML_DEPTH = 32
# One piece of markup (a tag with its attributes) has to fit, since expat holds it until it ends.
XML_TAG_ATTRIBUTES = 64
# Distinct texts of a workbook: one in two cells of the largest table.
SHARED_STRINGS = 1 << 20

DATA_ROWS = 100_000
# Widest export seen: 140 columns.
COLUMNS = 256
# The longest value that the vocabulary or the normalisers take is 2,048 characters (a URL); notes are longer and are not read.
CELL_CHARACTERS = 4096
# A CSV row, line breaks in quotes included. Kept below the csv module's own field limit of 131,072, so that it never speaks.
CSV_ROW_CHARACTERS = 64 << 10
# Several numbers in one cell ("300… / 301…"): more is a list pasted by mistake.
VALUES_A_CELL = 16

MAPPING_BYTES = 256 << 10
MAPPED_FILES = 16
# The largest question that a peer answers (matching.md, 6) has as many elements.
QUESTION_LINES = 8192
# 8,192 lines of the longest value.
QUESTION_BYTES = 4 << 20

# A report of twenty pages pasted as one line; what is longer is a file of another kind.
PASTED_LINE_BYTES = 64 << 10
# Over the API: some 300,000 lines, a minute of one core. `celosia identify` reads any length, on the officer's machine.
PASTED_BYTES = 8 << 20

# Each person who is looked for in a bench is held in memory with keys and with the strangers that share one: 7 kB and more.
BENCH_QUESTIONS = 50_000
