"""Why a file, a row or a cell was not taken. The codes are stable; the interface words them in four languages."""

from enum import StrEnum


class FileReason(StrEnum):
    """Why a whole file is refused."""

    # the mapping
    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    BAD_VALUE = "bad_value"
    # the set of files
    FILE_MISSING = "file_missing"
    FILE_NOT_MAPPED = "file_not_mapped"
    # sizes
    TOO_MANY_BYTES = "too_many_bytes"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_TEXTS = "too_many_texts"
    ROW_TOO_LONG = "row_too_long"
    # formats
    NOT_TEXT = "not_text"
    WRONG_ENCODING = "wrong_encoding"
    NOT_A_WORKBOOK = "not_a_workbook"
    OLD_OR_ENCRYPTED_WORKBOOK = "old_or_encrypted_workbook"
    # what is pasted, and is no text
    OFFICE_DOCUMENT = "office_document"
    PDF_DOCUMENT = "pdf_document"
    IMAGE = "image"
    COMPRESSED_FILE = "compressed_file"
    WORKBOOK_AS_TEXT = "workbook_as_text"
    SEVERAL_SHEETS = "several_sheets"
    # damage
    UNBALANCED_QUOTES = "unbalanced_quotes"
    BROKEN_ARCHIVE = "broken_archive"
    BROKEN_XML = "broken_xml"
    BROKEN_SHEET = "broken_sheet"
    MERGED_CELLS = "merged_cells"
    # what a table does not need
    MACROS = "macros"
    XML_ENTITIES = "xml_entities"
    EXTERNAL_PART = "external_part"
    # the header
    NO_HEADER = "no_header"
    NO_SUCH_SHEET = "no_such_sheet"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    UNREADABLE_HEADER = "unreadable_header"
    # registers that are measured
    NO_ROWS = "no_rows"
    REPEATED_ID = "repeated_id"
    REPEATED_LINK = "repeated_link"
    UNKNOWN_ID = "unknown_id"


class RowReason(StrEnum):
    """Why a row or a cell is refused."""

    # how the row or cell is kept
    RAGGED_ROW = "ragged_row"
    CELL_TOO_LONG = "cell_too_long"
    CONTROL_CHARACTERS = "control_characters"
    ERROR_VALUE = "error_value"
    FORMULA_WITHOUT_RESULT = "formula_without_result"
    NUMBER_LOST_DIGITS = "number_lost_digits"
    BAD_NUMBER = "bad_number"
    BAD_DATE = "bad_date"
    OTHER_DATE_ORDER = "other_date_order"
    # what the row says
    MISSING_NETWORK = "missing_network"
    UNKNOWN_NETWORK = "unknown_network"
    MISSING_SUBJECT = "missing_subject"
    MISSING_CASE = "missing_case"
    MISSING_ROUTE = "missing_route"
    MISSING_VALUE = "missing_value"
    UNKNOWN_CODE = "unknown_code"
    BAD_MONTH = "bad_month"
    MONTHS_REVERSED = "months_reversed"
    BAD_ORDER = "bad_order"
    REPEATED = "repeated"
    UNKNOWN_PLACE = "unknown_place"
    OTHER_COUNTRY = "other_country"
    # identifiers
    NOT_NORMALISABLE = "not_normalisable"
    IS_OTHER_KIND = "is_other_kind"
    TOO_MANY_VALUES = "too_many_values"
    DOUBTFUL = "doubtful"
    # the officer's question
    UNKNOWN_KIND = "unknown_kind"
    AMBIGUOUS_KIND = "ambiguous_kind"
    UNRECOGNISED = "unrecognised"
    BAD_ATTESTATION = "bad_attestation"
    NOT_COMPARABLE = "not_comparable"
    PERSON_AND_VALUE = "person_and_value"
    PERSON_AS_VALUE = "person_as_value"
    WHOLE_NAME = "whole_name"
    # a file for the protected register
    MISSING_REFERENCE = "missing_reference"
    NOTHING_TO_PROTECT = "nothing_to_protect"
