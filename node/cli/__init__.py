"""The command line. What officers do goes over the national API, as any other program's would; node commands work on a folder."""
