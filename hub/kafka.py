"""The port to Kafka. For now its one piece is where a key goes, so that the embedded log is split the same way."""

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's default partitioner has it: murmur2, made positive, modulo the count."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
