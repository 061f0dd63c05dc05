"""Every size, count and lifetime of the protocol, each with its reason.

Sizes are bytes, lifetimes are seconds. What a federation may choose for itself stands in the directory's policy instead; what
stands here is a bound of the format, the same for every node of this protocol version.
"""

from typing import NamedTuple

PROTOCOL_VERSION = 1

# The largest question (8,192 elements of 32 bytes) is 350 KB in base64 and 466 KB as a JWS; the rest is head room.
ENVELOPE_BYTES = 1 << 20
# A reply to a question is a receipt and an answer, one envelope a line.
REPLY_BYTES = 2 * ENVELOPE_BYTES
# A record is codes and bands: the largest that the models admit is about 10 KB.
RECORD_BYTES = 64 << 10
# A manifest names its segments; merging keeps their number logarithmic, so 64 are more than ten million entries need.
MANIFEST_SEGMENTS = 64
# One rule version an identifier kind; the vocabulary has 27 kinds, and a name has eight or so keys of their own.
MANIFEST_NORMALISERS = 64
# The largest that the model admits is 28 KB. Ten of them, twice in base64, still fit an envelope.
MANIFEST_BYTES = 32 << 10
# A peer that was away a week has missed 168 hourly manifests: two pages, not one huge envelope.
MANIFESTS_A_REPLY = 10
# Eight of the largest records, twice in base64, still fit an envelope.
RECORDS_A_REPLY = 8
# One directory target file: 35 states, each with a few keys and certificates, stay far below.
DIRECTORY_TARGET_BYTES = 128 << 10
# A state's role: one digest, and the signatures of up to fifty officers with 300 bytes each.
DIRECTORY_ROLE_BYTES = 16 << 10
# A state's entries that travel ahead of the directory at one time: officers who correct themselves need two or three.
ENTRIES_AHEAD_A_STATE = 8

# Two lists for all members and two for each named set that a state shares something with: of identifiers and of people.
LISTS_A_STATE = 64
# A key a year: records signed eight years ago are still read.
SIGNING_PERIODS = 8
# Two overlap, one is coming; the rest is head room for epochs started at once.
EPOCHS_A_LIST = 8
# 35 authorities with two lists for each of three audiences, twice while two epochs overlap, are 420.
HEADS_AN_ENVELOPE = 512
# So many of one authority's chains, newest first: nobody fills the envelope with his own.
HEADS_AN_AUTHORITY = 14

# Batches are padded to a power of two, so that the size tells little (matching.md, 6).
BATCH_SMALLEST = 16
BATCH_LARGEST = 8192

# Who keep the keys that open past questions, any two together: an office and its deputies. Each pair costs 300 bytes a question.
AUDIT_HOLDERS = 6
AUDIT_BOXES_BYTES = 32 << 10
# The openings of the largest question, 8,192 inputs of some 60 bytes with their factors, are 1.1 MB, sealed 1.5 MB; the rest is
# for long inputs. What opens one question lies in a file of that size, too, with the question itself.
SEALED_OPENINGS_BYTES = 16 << 20
OPENED_QUESTION_BYTES = SEALED_OPENINGS_BYTES + 2 * ENVELOPE_BYTES

# Records, so that a model cannot be blown up: more than any published list of codes holds.
CODES_A_FIELD = 32
ROUTE_NODES = 24
LINKS_A_RECORD = 32
CONTACTS_A_STATE = 16
# An envelope is spent when it arrives; ten minutes covers a slow line and two wrong clocks.
ENVELOPE_LIFETIME = 600


class Quota(NamedTuple):
    """What one peer may ask of a node in one day (UTC), of one type of request."""

    requests: int
    octets: int


WITHDRAWAL = "withdrawal"
"""Of `record_delivery`, what takes a record back that is held here: charged by this name."""
LOG_READING = "log"
"""Of the audit log: checkpoints, paths between them, and the proofs of an exchange."""
REMOVALS = "removals_file"
"""Of index files, those that say which entries are gone: charged by this name."""
ADD_CHECKPOINT, SEEN_CHECKPOINT = "add_checkpoint", "seen_checkpoint"
"""What a log asks its witnesses: to cosign, and what they cosigned last."""

# A node keeps what it is told, sealed, for the record. So a day of one peer must not fill a disk: all of these together are below
# 10 GiB read and 1.2 GiB kept. Each is several times what the busiest honest member needs; who needs more goes on tomorrow.
# What takes back has types of its own, which nothing that is published can use up: a person's safety may hang on it today.
DAILY_QUOTAS = {
    # budgets bind first: 4,096 of the smallest batch are 65,536 elements; 256 MiB are 575 of the largest
    "match_request": Quota(4096, 256 << 20),
    # a newcomer is sent all records in force at once
    "record_delivery": Quota(8192, 128 << 20),
    # whatever a day may publish can be taken back in a day
    WITHDRAWAL: Quota(8192, 128 << 20),
    # a visit every ten seconds; with the bytes of the pages that it gets
    "manifests_wanted": Quota(8640, 256 << 20),
    # eight suspicions a visit, every visit an hour, of every member
    "manifest_wanted": Quota(4096, 128 << 20),
    # a restored node asks for all records in force, eight at a time; with the bytes of the pages that it gets
    "records_wanted": Quota(4096, 128 << 20),
    # a state revokes a few times in a bad year; each member tells each other once, and anew where that was lost
    "key_revocation": Quota(512, 64 << 20),
    # a dozen pages a day and as many by hand; who begins anew reads half a million entries a day; with the bytes of the pages
    "counterparts_wanted": Quota(1024, 144 << 20),
    # an officer's own requests, each asked again once a day until it is decided
    "erasure_request": Quota(2048, 16 << 20),
    # courts open a question now and then; each peer is told once, and again where its receipt was lost
    "opening_told": Quota(256, 2 << 20),
    # every list of the largest size anew, five times; the largest list is one file
    "index_file": Quota(4096, 8 << 30),
    # a bitmap for each of 32 segments of six lists with two epochs each, every hour; at most 2 MiB one
    REMOVALS: Quota(9216, 512 << 20),
    # a checkpoint every minute, and once a day the proofs of every exchange of a busy day; now and then a half of a bundle
    LOG_READING: Quota(8640, 128 << 20),
    # a checkpoint a minute and three tries each, of 8 kB at most: sixteen signatures and as many hashes of a path as there are
    ADD_CHECKPOINT: Quota(4320, 64 << 20),
    # what was cosigned last: a log asks about itself when it starts, and who doubts a log asks once an hour at most
    SEEN_CHECKPOINT: Quota(1440, 16 << 20),
    # refused requests that are put on record one by one; past that only the fact that there are more
    "refused": Quota(256, 64 << 20),
}
# Our own node has five requests under way at one peer, two questions among them; eight are a busy one.
REQUESTS_AT_ONCE = 8

# The index: see docs/spec/matching.md for the bytes.
INDEX_FORMAT = 1
TAG_BYTES = 16
LABEL_BYTES = 40
ENTRY_BYTES = 96
SEGMENT_HEADER_BYTES = 32
# 2^24 entries are 1.6 GB in one segment; a list that large is split by merging policy long before.
SEGMENT_ENTRIES = 1 << 24
SEGMENT_FILE_BYTES = SEGMENT_HEADER_BYTES + SEGMENT_ENTRIES * ENTRY_BYTES
# What one peer's lists may take of a node's disk, old and new segments together: five of the largest. All 34 peers fit in 300 GB.
PEER_INDEX_BYTES = 8 << 30
# One identifier in more than 64 records of one list is a data error, not a finding.
RECORDS_AN_IDENTIFIER = 64

# The audit log: see docs/spec/log.md for the bytes.
# A log is closed when its key is stolen or its node goes back to a backup: sixteen times in a node's life are many.
FORMER_LOGS = 16
# Nobody agrees that more states collude than can be members.
WITNESS_FAULTS = 63
# The length of an entry stands in two bytes. Ours have about 250.
LOG_ENTRY_BYTES = (1 << 16) - 1
# Sixty-four Ed25519 signatures are 9 kB; sixteen of the largest kind that C2SP names, 5 kB each, are 107 kB in base64.
CHECKPOINT_BYTES = 128 << 10
# A checkpoint, sixty-three hashes, and what somebody put beside them.
LOG_PROOF_BYTES = 2 * CHECKPOINT_BYTES
# An envelope and its replies leave at most three entries on a side, in either direction; the rest is head room.
ENTRIES_AN_EXCHANGE = 16
# A checkpoint and sixty-three hashes of 45 bytes each.
ADD_CHECKPOINT_BYTES = CHECKPOINT_BYTES + (4 << 10)
# Sixty-three such hashes.
CONSISTENCY_PATH_BYTES = 4 << 10
# Cosignatures, as above.
COSIGNATURES_BYTES = 128 << 10
# Thirty-five logs and as many witnesses, each named twice, stay below 20 kB.
LOG_POLICY_BYTES = 32 << 10
# Six groups of digits name the last tile of the largest log.
TILE_PATH_CHARACTERS = 64
# Of a peer's log, in one reply of a comparison: a busy day's entries are a dozen pages. One is 200 bytes, so a page 140 KB.
COUNTERPARTS_A_REPLY = 512
# An interval begins with the newest checkpoint that was witnessed; there would be room for those of all peers.
CHECKPOINTS_AN_INTERVAL = 64

# An evidence bundle: see docs/spec/evidence.md for the bytes.
# One exchange is a request and a few replies; a release has about ten messages.
EVIDENCE_ENVELOPES = 16
# What a log adopted before the exchange, while it lasted, and after it.
EVIDENCE_ADOPTED = 8
# Entries of one side that an officer chose to open besides.
EVIDENCE_OTHERS = 16
# Twenty-five entries with two proofs each: 300 kB with the cosignatures of thirty-five members, in base64; the rest is head room.
EVIDENCE_HALF_BYTES = 4 << 20
# As many as both logs adopted, and the newest.
EVIDENCE_DIRECTORIES = 8
# As many roots as a client walks through.
EVIDENCE_ROOTS = 64
# Eight directories of 64 members, sixteen envelopes and their entries are a thousand files.
EVIDENCE_FILES = 4096
# Sixteen envelopes of the largest size, and eight directories of 64 members at 4 MiB each.
EVIDENCE_BYTES = 64 << 20
# A time-stamp token with its authority's certificates is about 8 kB.
TIME_STAMP_BYTES = 64 << 10

# Erasure: the content of exchanges is kept a season at least, or no court could ask for it, and thirty years at most.
RETENTION_LEAST, RETENTION_MOST = 90 * 86400, 30 * 366 * 86400
# A member has a day at least to decide on a request to erase, and a season at most.
ERASURE_TERM_LEAST, ERASURE_TERM_MOST = 86400, 90 * 86400

# Suppression: a count below eleven is one band (CTDC's k). A floor in code, not a setting.
SMALL_NUMBER = 11
