"""What differs between machines: standard streams, locks on files, the room on a disk, threads, garbage."""
