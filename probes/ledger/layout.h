// SPDX-License-Identifier: Apache-2.0
// THE contract between the probe (writer, inside the target) and every reader: one fixed-size
// file on tmpfs. docs/ledger.md explains it; tests/probes/ledger pins every offset below.
//
// Rules for whoever changes this header:
//  - Fields are appended into reserved space, never moved or reused; a change of meaning or of
//    an existing offset raises kLayoutVersion.
//  - Offsets and ids only, never pointers. Everything a reader indexes with is checked first.
//  - All shared words are lock-free 64-bit atomics; there is no "write in progress" flag that a
//    killed writer could leave set. A slot is published once, with a release store.
//  - Counters are cumulative. In-use is derived: alloc - free + adjust >= 0 when quiescent.
//    A reader loads the frees before the allocs.
//
//   +--------+---------+--------+-------------+--------+-----------+--------------+
//   | Header | modules | stacks | stack index | frames | live keys | live entries |
//   +--------+---------+--------+-------------+--------+-----------+--------------+
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seep::ledger {

inline constexpr char kMagic[8] = {'S', 'E', 'E', 'P', 'L', 'D', 'G', '1'};
inline constexpr uint32_t kLayoutVersion = 1;

using Word = std::atomic<uint64_t>;
using SignedWord = std::atomic<int64_t>;
static_assert(sizeof(Word) == 8 && Word::is_always_lock_free);

// Where a table lies in the file and how many entries it can hold. Written before the magic.
struct Section {
  uint64_t offset;       // bytes from the start of the file
  uint64_t capacity;     // entries
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
  kLossCount
};

struct Header {
  char magic[8];            // written last (release) by the probe
  uint32_t layout_version;  // kLayoutVersion
  uint32_t header_bytes;    // sizeof(Header)
  uint64_t file_bytes;      // whole file, fallocated before it is mapped

  Section modules;  // Module
  Section stacks;   // StackSlot; slot 0 is the overflow stack and has no frames
  Section
      stack_index;    // std::atomic<uint32_t>: open addressing by stack hash; private to the probe
  Section frames;     // uint64_t: see PackFrame
  Section live_keys;  // Word: sampled pointer, kLiveEmpty or kLiveReserved
  Section live_entries;  // LiveEntry, parallel to live_keys

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
  uint64_t base_interval_bytes;   // T at the start; T now = base << interval_doublings
  char boot_id[40];               // /proc/sys/kernel/random/boot_id, NUL-terminated
  char exe[512];                  // /proc/self/exe, NUL-terminated, possibly cut

  // Writer: probe. Reader: agent.
  Word interval_doublings;  // only rises
  Word modules_used;        // slots handed out; an entry counts once its `published` is set
  Word stacks_used;         // likewise; may pass the capacity when the table is full
  Word frames_used;         // likewise
  Word live_count;          // entries in the live table
  Word samples;             // allocations sampled
  Word sampled_frees;       // of these, freed
  Word thin_rounds;         // times the live table was thinned
  Word thinned;             // entries dropped by thinning, with the others' weights raised
  Word last_sample_ticks;   // birth clock (see PackLive) of the newest sample
  Word losses[16];          // by Loss
};
inline constexpr size_t kHeaderBytes = 4096;
static_assert(sizeof(Header) <= kHeaderBytes);
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

// first frame:32 | frame count:16 | truncated:1 | ... | published:1 (top bit)
inline constexpr uint64_t kShapePublished = uint64_t{1} << 63;
inline constexpr uint64_t kShapeTruncated = uint64_t{1} << 48;
constexpr uint64_t PackShape(uint32_t first_frame, uint32_t frame_count, bool truncated) {
  return kShapePublished | (truncated ? kShapeTruncated : 0) |
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

// A sampled block that has not been freed.
inline constexpr uint64_t kLiveEmpty = 0;
inline constexpr uint64_t kLiveReserved = 1;  // being written; a killed writer leaves it: skip it
struct LiveEntry {
  Word size_bytes;  // requested size
  Word meta;        // PackLive; kLiveDead once the free has been accounted
};
static_assert(sizeof(LiveEntry) == 16);

// stack id:24 | interval doublings when sampled (or last thinned):8 | birth:32
// birth is in 1/64 s since created_monotonic_ns (wraps after 2.1 years).
inline constexpr uint64_t kLiveDead = ~uint64_t{0};
inline constexpr uint64_t kBirthTicksPerSecond = 64;
constexpr uint64_t PackLive(uint32_t stack_id, uint32_t doublings, uint32_t birth_ticks) {
  return uint64_t{stack_id & 0xffffff} << 40 | uint64_t{doublings & 0xff} << 32 | birth_ticks;
}
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

// The sizes of a version-1 ledger: 2.9 MiB.
inline constexpr uint64_t kModuleCapacity = 512;
inline constexpr uint64_t kStackCapacity = 8192;
inline constexpr uint64_t kStackIndexCapacity = 2 * kStackCapacity;
inline constexpr uint64_t kFrameCapacity = 128 * 1024;
inline constexpr uint64_t kLiveCapacity = 32 * 1024;

inline constexpr uint64_t kModulesOffset = kHeaderBytes;
inline constexpr uint64_t kStacksOffset = kModulesOffset + kModuleCapacity * sizeof(Module);
inline constexpr uint64_t kStackIndexOffset = kStacksOffset + kStackCapacity * sizeof(StackSlot);
inline constexpr uint64_t kFramesOffset =
    kStackIndexOffset + kStackIndexCapacity * sizeof(std::atomic<uint32_t>);
inline constexpr uint64_t kLiveKeysOffset = kFramesOffset + kFrameCapacity * sizeof(uint64_t);
inline constexpr uint64_t kLiveEntriesOffset = kLiveKeysOffset + kLiveCapacity * sizeof(Word);
inline constexpr uint64_t kFileBytes = kLiveEntriesOffset + kLiveCapacity * sizeof(LiveEntry);

// "<pid>-<start_ticks>-<image>.ledger" in the ledger directory. When the probe could not
// make one it leaves a symbolic link "<pid>-<start_ticks>.failed" whose text is the reason.
inline constexpr char kLedgerSuffix[] = ".ledger";
inline constexpr char kFailedSuffix[] = ".failed";

}  // namespace seep::ledger
