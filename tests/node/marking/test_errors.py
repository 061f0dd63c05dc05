"""What is said when the register cannot be looked up."""

from node.marking import RegisterFault, RegisterUnusable


def test_the_error_names_the_fault_by_its_code() -> None:
    error = RegisterUnusable(RegisterFault.TURNING)
    assert (error.code, error.fault, str(error)) == ("register_unusable", RegisterFault.TURNING, "register_unusable: turning")
