"""What the commands decide. Pure: no I/O, no clock."""
