// SPDX-License-Identifier: Apache-2.0
// THE contract between the probe (writer, inside the target) and every reader: one file on tmpfs.
// docs/ledger.md explains it; tests/probes/ledger pins the offsets below.
//
// Rules for whoever changes this header:
//  - Fields are appended into reserved space, never moved or reused; a change of meaning or of
//    an existing offset raises kLayoutVersion.
//  - Offsets and ids only, never pointers. Everything a reader indexes with is checked first.
//  - All shared words are lock-free 64-bit atomics; there is no "write in progress" flag that a
//    killed writer could leave set. A slot is published once, with a release store.
//  - Counters are cumulative. In-use is derived: alloc - free + adjust >= 0 when quiescent.
//    A reader loads the frees before the allocs.
//  - The file is sparse: its size is what it may grow to. Pages come into being in steps, before
//    they are used; a reader touches nothing beyond the *_ready words.
//
//   +--------+---------+--------+-------------+--------+------+------------+--------+
//   | Header | modules | stacks | stack index | frames | live | live index | shards |
//   +--------+---------+--------+-------------+--------+------+------------+--------+
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seep::ledger {

inline constexpr char kMagic[8] = {'S', 'E', 'E', 'P', 'L', 'D', 'G', '1'};
inline constexpr uint32_t kLayoutVersion = 3;

using Word = std::atomic<uint64_t>;
using SignedWord = std::atomic<int64_t>;
static_assert(sizeof(Word) == 8 && Word::is_always_lock_free);

// Where a table lies in the file and how many entries it can hold. Written before the magic.
struct Section {
  uint64_t offset;       // bytes from the start of the file
  uint64_t capacity;     // entries, once it has grown as far as it can
  uint64_t entry_bytes;  // size of one entry, so that a reader can refuse a foreign layout
};

// What the probe could not record, each counted once per event.
enum Loss : uint32_t {
  kLossReentrant,    // sample due inside the probe itself or in a signal handler over it
  kLossStackTable,   // no stack slot left: accounted under the overflow stack
  kLossFrameArena,   // no room for the frames: accounted under the overflow stack
  kLossModuleTable,  // module unknown: its frames are raw addresses
  kLossLiveTable,    // no live slot near the hash: neither alloc nor free is counted
  kLossTruncated,    // stack deeper than kMaxFrames: its outermost frames are missing
  kLossNoFrames,     // the unwinder returned nothing
  kLossStackEnd,     // the stack ends early: no usable unwind data, or memory that is no stack
  kLossMapping,      // a mapping that found no place, or came while the probe was at work
  kLossCount
};

// The allocator behind the probe, as far as it tells of itself.
enum class Allocator : uint64_t {
  kUnknown,  // not asked yet, or not to be asked here (allocator_stats.h)
  kGlibc,
  kJemalloc,
  kTcmalloc,
  kSilent,  // another one: it gives no figures
};

struct Header {
  char magic[8];            // written last (release) by the probe
  uint32_t layout_version;  // kLayoutVersion
  uint32_t header_bytes;    // sizeof(Header)
  uint64_t file_bytes;      // size of the sparse file

  Section modules;      // Module
  Section stacks;       // StackSlot; slot 0 is the overflow stack and has no frames
  Section stack_index;  // std::atomic<uint32_t>, private to the probe: see IndexAt
  Section frames;       // uint64_t: see PackFrame
  Section live;         // LiveEntry
  Section live_index;   // std::atomic<uint32_t>, private to the probe: see IndexAt
  Section shards;       // Shard; exact mode only

  // Identity of the writer: pid + start time + boot id + image. Constant once the magic is
  // there.
  uint32_t pid;  // as the target sees itself
  uint32_t parent_pid;
  uint32_t uid;
  uint32_t image;        // tells the images of one process apart: CLOCK_MONOTONIC ms at the exec
  uint64_t start_ticks;  // /proc/self/stat field 22, clock ticks since boot
  uint64_t run_token;    // $SEEP_RUN as hexadecimal, 0 when unset
  uint64_t created_monotonic_ns;  // CLOCK_MONOTONIC when the ledger was made
  uint64_t created_realtime_ns;   // CLOCK_REALTIME at the same moment
  uint64_t base_interval_bytes;   // T at the start
  uint64_t max_bytes;             // populated_bytes stays below: $SEEP_LEDGER_MAX, or less
  char boot_id[40];               // /proc/sys/kernel/random/boot_id, NUL-terminated
  char exe[512];                  // /proc/self/exe, NUL-terminated, possibly cut

  // Writer: probe. Reader: agent. T now = base << (thin_doublings + storm_doublings).
  Word thin_doublings;   // by thinning; only rises
  Word storm_doublings;  // by the CPU budget; rises in an allocation storm, falls after it
  Word modules_used;     // slots handed out; an entry counts once its `published` is set
  Word stacks_used;      // likewise
  Word frames_used;      // likewise
  Word live_used;        // likewise; entries that were freed are used again
  Word modules_ready;    // entries whose pages exist; *_used never passes *_ready
  Word stacks_ready;
  Word frames_ready;
  Word live_ready;
  Word shards_ready;
  Word live_count;         // entries of the live table that hold a block
  Word thin_rounds;        // times the live table was thinned
  Word thinned;            // entries dropped by thinning, with the others' weights raised
  Word populated_bytes;    // pages that exist
  Word last_sample_ticks;  // birth clock (see PackLive) of the newest sample or mapping
  Word losses[16];         // by Loss

  // Private to the probe.
  Word is_growing;              // the turn of the thread that grows a section, or 0
  Word live_free;               // head of the list of free live entries: live_table.cpp
  Word stack_index_generation;  // see IndexAt
  Word stack_index_target;      // one more while the index grows
  Word live_index_generation;
  Word live_index_target;
  Word shard_owned[2];  // a bit a shard

  // What the real allocator said of itself, last at asked_ticks (birth clock; 0: never). A reader
  // may meet words of two answers, which are a second apart at least: no harm is done.
  Word allocator;               // by Allocator
  Word allocator_in_use_bytes;  // blocks that the target holds, with their overhead
  Word allocator_held_bytes;    // from the kernel, not given back, in use or not
  Word allocator_mapped_bytes;  // the part of it that lies outside of the brk heap and glibc arenas
  Word allocator_took_ns;       // what asking cost
  Word allocator_asked_ticks;
  Word allocator_due_ticks;  // private: when it may be asked again
};
inline constexpr size_t kHeaderBytes = 4096;
static_assert(sizeof(Header) <= kHeaderBytes);
// A header may be shorter than ours, or longer: what its writer did not know is 0.
inline constexpr size_t kLeastHeaderBytes = 1128;
static_assert(kLossCount <= 16);

// One loaded object. A module unloaded and loaded again keeps its entry; another one mapped at
// the same address gets a new entry (identity: build id, else path, at that load address).
struct Module {
  Word published;      // 1 once all below is written (release); pairs with acquire in the reader
  uint64_t load_bias;  // run-time address = load_bias + ELF virtual address
  uint64_t map_start;
  uint64_t map_end;
  uint32_t build_id_bytes;  // 0 when the object has none
  uint8_t build_id[28];
  char path[512];  // NUL-terminated; the kernel's name of the executable for the main program
};
static_assert(sizeof(Module) == 576);
// Module id 0 means "no module": the frame is a raw address (JIT code, table full).
inline constexpr uint32_t kNoModule = 0;

// A frame is (module id, ELF virtual address of the return address).
inline constexpr int kFrameAddressBits = 48;
inline constexpr uint64_t kFrameAddressMask = (uint64_t{1} << kFrameAddressBits) - 1;
constexpr uint64_t PackFrame(uint32_t module_id, uint64_t address) {
  return uint64_t{module_id} << kFrameAddressBits | (address & kFrameAddressMask);
}
constexpr uint32_t FrameModule(uint64_t frame) {
  return static_cast<uint32_t>(frame >> kFrameAddressBits);
}
constexpr uint64_t FrameAddress(uint64_t frame) {
  return frame & kFrameAddressMask;
}

inline constexpr uint32_t kMaxFrames = 64;  // innermost first; deeper stacks lose their outermost

// One distinct stack and its cumulative counters. The slot number is the stack id.
// Byte counters are weighted estimates (size * weight, rounded); objects are in 1/65536.
struct StackSlot {
  uint64_t hash;  // of the frames; never 0 for a published slot
  Word shape;     // PackShape; 0 until published (release); pairs with acquire in the reader
  Word free_bytes;
  Word free_objects_q16;
  Word free_samples;
  Word alloc_bytes;
  Word alloc_objects_q16;
  Word alloc_samples;
  // Thinning drops entries and raises the weights of the rest; the expected change is 0 and the
  // realised one is kept here, so that alloc - free + adjust equals the live table to the byte.
  SignedWord adjust_bytes;
  SignedWord adjust_objects_q16;
  SignedWord adjust_samples;
  uint64_t reserved;
};
static_assert(sizeof(StackSlot) == 96 && offsetof(StackSlot, free_bytes) == 16);
inline constexpr uint32_t kOverflowStack = 0;

// first frame:32 | frame count:16 | truncated:1 | mapping:1 | ... | published:1 (top bit)
inline constexpr uint64_t kShapePublished = uint64_t{1} << 63;
inline constexpr uint64_t kShapeTruncated = uint64_t{1} << 48;
// The stack is of anonymous mappings (mmap, mremap, brk), not of heap blocks.
inline constexpr uint64_t kShapeMapping = uint64_t{1} << 49;
constexpr uint64_t PackShape(uint32_t first_frame, uint32_t frame_count, bool truncated,
                             bool mapping) {
  return kShapePublished | (truncated ? kShapeTruncated : 0) | (mapping ? kShapeMapping : 0) |
         uint64_t{frame_count & 0xffff} << 32 | first_frame;
}
constexpr uint32_t ShapeFirstFrame(uint64_t shape) {
  return static_cast<uint32_t>(shape);
}
constexpr uint32_t ShapeFrameCount(uint64_t shape) {
  return static_cast<uint32_t>(shape >> 32) & 0xffff;
}
constexpr bool ShapeTruncated(uint64_t shape) {
  return (shape & kShapeTruncated) != 0;
}

constexpr bool ShapeMapping(uint64_t shape) {
  return (shape & kShapeMapping) != 0;
}

// A sampled block that has not been freed, or a mapping that has not been unmapped.
inline constexpr uint64_t kLiveEmpty = 0;
inline constexpr uint64_t kLiveReserved = 1;  // being taken; a killed writer leaves it: skip it
struct LiveEntry {
  Word key;         // the pointer, kLiveEmpty or kLiveReserved; of a mapping: its start | top bit
  Word size_bytes;  // requested size; of a mapping: whole pages
  Word meta;        // PackLive; kLiveDead once the free has been accounted
};
static_assert(sizeof(LiveEntry) == 24);

// Exact mode: counters of one thread, so that it writes without locked instructions. What a thread
// has counted for a stack is the sum of the stack's slot and of all shards.
struct ShardSlot {
  Word stack_number;  // stack id + 1; 0: empty
  Word alloc_bytes;
  Word alloc_samples;  // weight 1: objects too
  Word free_bytes;
  Word free_samples;
  uint64_t reserved[3];
};
inline constexpr uint64_t kShardSlots = 128;
struct Shard {
  ShardSlot slots[kShardSlots];  // by stack id, cut
};
static_assert(sizeof(Shard) == 8192);

// stack id:24 | interval doublings when sampled (or last thinned):8 | birth:32
// birth is in 1/64 s since created_monotonic_ns (wraps after 2.1 years).
inline constexpr uint64_t kLiveDead = ~uint64_t{0};
inline constexpr uint64_t kBirthTicksPerSecond = 64;
constexpr uint64_t PackLive(uint32_t stack_id, uint32_t doublings, uint32_t birth_ticks) {
  return uint64_t{stack_id & 0xffffff} << 40 | uint64_t{doublings & 0xff} << 32 | birth_ticks;
}
// In place of the doublings: counted for certain, weight 1. Every mapping is; thinning skips it.
inline constexpr uint32_t kLiveExact = 0xff;
// Told from a block at the same address, which can only be there when an unmapping was not seen.
inline constexpr uint64_t kMappingKey = uint64_t{1} << 63;
constexpr uint32_t LiveStack(uint64_t meta) {
  return static_cast<uint32_t>(meta >> 40);
}
constexpr uint32_t LiveDoublings(uint64_t meta) {
  return static_cast<uint32_t>(meta >> 32) & 0xff;
}
constexpr uint32_t LiveBirthTicks(uint64_t meta) {
  return static_cast<uint32_t>(meta);
}

// Mean bytes between samples unless $SEEP_INTERVAL says otherwise.
inline constexpr uint64_t kDefaultIntervalBytes = 128 * 1024;

// How far the tables may grow. The full geometry is 52 MiB of address space, of which a quiet
// process populates 0.3; where address space or file size are limited it is the small one.
struct Geometry {
  uint64_t stacks;  // powers of two
  uint64_t frames;
  uint64_t live;
};
inline constexpr Geometry kFullGeometry = {32 * 1024, 1024 * 1024, 1024 * 1024};
inline constexpr Geometry kSmallGeometry = {8 * 1024, 128 * 1024, 32 * 1024};
inline constexpr uint64_t kModuleCapacity = 512;
inline constexpr uint64_t kShardCapacity = 128;
inline constexpr uint64_t kPageBytes = 4096;

// An index is a hash table of 32-bit entry numbers. Generation g has kFirstIndexPlaces << g places
// of its own, behind those of generation g - 1; the last one has two places an entry.
inline constexpr uint64_t kFirstIndexPlaces = 4096;
constexpr uint64_t IndexPlaces(uint64_t generation) {
  return kFirstIndexPlaces << generation;
}
constexpr uint64_t IndexAt(uint64_t generation) {  // its first place within the section
  return IndexPlaces(generation) - kFirstIndexPlaces;
}
constexpr uint64_t IndexCapacity(uint64_t entries) {
  return 4 * entries - kFirstIndexPlaces;
}

struct Sections {
  Section modules, stacks, stack_index, frames, live, live_index, shards;
  uint64_t file_bytes;
};
constexpr Sections SectionsOf(const Geometry& geometry) {
  uint64_t end = kHeaderBytes;
  const auto place = [&end](uint64_t capacity, uint64_t entry_bytes) {
    const Section section{end, capacity, entry_bytes};
    end = (end + capacity * entry_bytes + kPageBytes - 1) & ~(kPageBytes - 1);
    return section;
  };
  Sections sections{};
  sections.modules = place(kModuleCapacity, sizeof(Module));
  sections.stacks = place(geometry.stacks, sizeof(StackSlot));
  sections.stack_index = place(IndexCapacity(geometry.stacks), sizeof(uint32_t));
  sections.frames = place(geometry.frames, sizeof(uint64_t));
  sections.live = place(geometry.live, sizeof(LiveEntry));
  sections.live_index = place(IndexCapacity(geometry.live), sizeof(uint32_t));
  sections.shards = place(kShardCapacity, sizeof(Shard));
  sections.file_bytes = end;
  return sections;
}

// How much of a ledger may be populated unless $SEEP_LEDGER_MAX says otherwise.
inline constexpr uint64_t kDefaultMaxBytes = uint64_t{64} << 20;
// A tmpfs with less room than this takes no ledger: the target may need the last of it.
inline constexpr uint64_t kSpareBytes = uint64_t{12} << 20;

// "<pid>-<start_ticks>-<image>.ledger" in the ledger directory. When the probe could not
// make one it leaves a symbolic link "<pid>-<start_ticks>.failed" whose text is the reason.
inline constexpr char kLedgerSuffix[] = ".ledger";
inline constexpr char kFailedSuffix[] = ".failed";

}  // namespace seep::ledger
