"""The valid and invalid numbers in the documentation of python-stdnum 2.2, for the modules used here.

Source: the doctests of each module `stdnum.<module>` (LGPL 2.1 or later). Numbers are data; the two columns are the module's own
words for them: what `validate` takes, and what it refuses with an error of checksum, component, length or format.
"""

from typing import NamedTuple

from protocol.identifiers import Kind


class Published(NamedTuple):
    module: str
    kind: Kind
    country: str
    valid: tuple[str, ...]
    invalid: tuple[str, ...]


NATIONAL, PERSON, COMPANY = Kind.NATIONAL_ID, Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY

PUBLISHED = (
    Published("ar.cuit", PERSON, "AR", ("20-05536168-2", "20-26756539-3"), ("20267565392",)),
    Published("ar.dni", NATIONAL, "AR", ("20.123.456",), ("2012345699",)),
    Published(
        "br.cnpj", COMPANY, "BR", ("16.727.230/0001-97", "12. ABC.345 /01DE–35"), ("16.727.230.0001-98", "16.727.230/0001=97")
    ),
    Published("br.cpf", NATIONAL, "BR", ("390.533.447-05",), ("231.002.999-00", "390.533.447=0")),
    Published("br.cpf", PERSON, "BR", ("390.533.447-05",), ("231.002.999-00", "390.533.447=0")),
    Published("ca.bn", COMPANY, "CA", ("12302 6635", "12302 6635 RC 0001"), ("123456783", "12345678Z")),
    Published("ca.sin", NATIONAL, "CA", ("123-456-782",), ("999-999-999", "12345678Z", "823456785")),
    Published("cl.rut", NATIONAL, "CL", ("CL 12531909-2", "125319092"), ("12531909-3", "76086A28-5")),
    Published("cl.rut", COMPANY, "CL", ("76086428-5",), ("76086A28-5",)),
    Published("co.nit", PERSON, "CO", ("213.123.432-1",), ("213.123.432-5",)),
    Published("cr.cpf", NATIONAL, "CR", ("3-0455-0175", "701610395", "1-613-584"), ("30-1234-1234", "12345678")),
    Published("cr.cpj", COMPANY, "CR", ("3-101-999999", "4 000 042138"), ("3-534-123559", "310132541")),
    Published("cr.cr", NATIONAL, "CR", ("155812994816", "122200569906"), ("30123456789", "12345678")),
    Published("cu.ni", NATIONAL, "CU", ("91021027775", "72062506561", "85020291531"), ("9102102777A", "02023061531")),
    Published("do.cedula", NATIONAL, "DO", ("00113918205", "22400022111"), ("00113918204", "0011391820A")),
    Published("do.rnc", COMPANY, "DO", ("1-01-85004-3", "131246796"), ("1018A0043", "101850042")),
    Published("ec.ci", NATIONAL, "EC", ("171430710-3",), ("1714307104",)),
    Published("ec.ruc", COMPANY, "EC", ("1792060346-001",), ("179206034601",)),
    Published("ec.ruc", PERSON, "EC", (), ("1763154690001",)),
    Published("gt.nit", COMPANY, "GT", ("576937-K", "7108-0", "39525503"), ("8977112-0", "1234567890123")),
    Published("mx.curp", NATIONAL, "MX", ("BOXW310820HNERXN09",), ("BOXW310820HNERXN08",)),
    Published("mx.rfc", PERSON, "MX", ("GODE 561231 GR8",), ("VACE-460910-SX6",)),
    Published("mx.rfc", COMPANY, "MX", ("MAB-930714-8T4",), ()),
    Published("pe.cui", NATIONAL, "PE", ("10117410", "10117410-2"), ("10117410-3",)),
    Published("pe.ruc", COMPANY, "PE", ("20512333797",), ("20512333798",)),
    Published("pe.ruc", PERSON, "PE", ("10054148289", "10101174102"), ()),
    Published("py.ruc", COMPANY, "PY", ("80028061-0", "800000358"), ("800532492", "80123456789")),
    Published("py.ruc", PERSON, "PY", ("9991603", "2660-3"), ()),
    Published("sv.nit", PERSON, "SV", ("0614-050707-104-8", "SV 0614-050707-104-8"), ("0614-050707-104-0", "12345678")),
    Published("us.ein", COMPANY, "US", ("91-1144442", "04-2103594"), ("07-1144442",)),
    Published("us.itin", PERSON, "US", ("912-90-3456",), ()),
    Published("us.ssn", NATIONAL, "US", ("536-90-4399",), ("666-00-0000", "078-05-1120")),
    Published("uy.rut", COMPANY, "UY", ("21-100342-001-7", "UY 21 140634 001 1"), ("210303670014", "12345678")),
    Published("ve.rif", PERSON, "VE", ("V-11470283-4",), ("V-11470283-3",)),
    Published("imo", Kind.IMO, "", ("IMO 9319466", "IMO 8814275"), ("8814274",)),
    Published("iso6346", Kind.CONTAINER, "", ("csqu3054383", "tasu117 000 0"), ("CSQU3054384",)),
)
"""Some published cases differ on purpose. A dash in the wrong place (us.ssn, us.ein, us.itin) is a way of writing here and no
fault. A number outside the ranges of us.itin may be an adopted child's (us.atin). An RFC without its serial (mx.rfc, ten
characters) is no number of one person, so it is refused. 1.5 % of the RFC in use fail their check digit: `validate` takes
VACE-460910-SX6 unless it is told to look, and here it has a doubt.
"""
