"""Proof: what happened, and how anyone can check it without trusting us.

An `Entry` becomes canonical bytes, its leaf hash joins a Merkle tree kept as tiles, a signed `Checkpoint`
names the tree's head, and a `Receipt` hands one entry over with all that is needed to check it offline.
Pure: no I/O, no clock, no keys; signing and checking of signatures are passed in.
"""

from xinfu.evidence.anchors import ANY, Anchors, KnownKeys, LogKeys, key_facts, known_keys, log_keys
from xinfu.evidence.audit import audit, audit_tiles, stored_leaves
from xinfu.evidence.canonical import canonical, digest_hex, leaf_hash, parse_canonical
from xinfu.evidence.checkpoint import Checkpoint, open_checkpoint
from xinfu.evidence.entry import KINDS, Entry, instant
from xinfu.evidence.findings import Check, Findings
from xinfu.evidence.heads import SignedHead, compare_heads, signed_head
from xinfu.evidence.logcopy import LogCopy, against_copy, check_copy, files_of, links_of, open_copy
from xinfu.evidence.manifest import CHUNK_BYTES, Manifest
from xinfu.evidence.note import (
    CheckSignature,
    Note,
    NoteKey,
    note_signature,
    sign_note,
    thumbprint,
    verify_note,
)
from xinfu.evidence.receipt import Attachments, ProvenEntry, Receipt, build, prove
from xinfu.evidence.tiles import Tile, TileReader, bundle, grow, node_reader, reader_of, unbundle
from xinfu.evidence.tree import (
    Frontier,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    root,
    verify_consistency,
    verify_inclusion,
)
from xinfu.evidence.verification import verify

__all__ = [
    "ANY",
    "CHUNK_BYTES",
    "KINDS",
    "Anchors",
    "Attachments",
    "Check",
    "CheckSignature",
    "Checkpoint",
    "Entry",
    "Findings",
    "Frontier",
    "KnownKeys",
    "LogCopy",
    "LogKeys",
    "Manifest",
    "NodeReader",
    "Note",
    "NoteKey",
    "ProvenEntry",
    "Receipt",
    "SignedHead",
    "Tile",
    "TileReader",
    "against_copy",
    "audit",
    "audit_tiles",
    "build",
    "bundle",
    "canonical",
    "check_copy",
    "compare_heads",
    "consistency_proof",
    "digest_hex",
    "files_of",
    "grow",
    "inclusion_proof",
    "instant",
    "key_facts",
    "known_keys",
    "leaf_hash",
    "links_of",
    "log_keys",
    "node_reader",
    "note_signature",
    "open_checkpoint",
    "open_copy",
    "parse_canonical",
    "prove",
    "reader_of",
    "root",
    "sign_note",
    "signed_head",
    "stored_leaves",
    "thumbprint",
    "unbundle",
    "verify",
    "verify_consistency",
    "verify_inclusion",
    "verify_note",
]
