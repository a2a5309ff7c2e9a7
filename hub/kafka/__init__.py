"""The port to Kafka: the only importer of kafka-python. Here is where a key goes; the rest talks to a broker."""

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's default partitioner has it: murmur2, made positive, modulo the count."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
