// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/safe_point.h"

#include <algorithm>
#include <array>

#include "probes/attach/call_frame.h"
#include "probes/attach/stack_walk.h"
#include "probes/proc/files.h"

namespace seep::attach {
namespace {

// dlopen of one small library, and a signal frame: ample, not measured.
constexpr uint64_t kStackBytes = 96 * 1024;

// All of one source file (malloc.c) in glibc: what lies between them is, too.
constexpr std::array<std::string_view, 21> kAllocator{"malloc",         "free",
                                                      "calloc",         "realloc",
                                                      "memalign",       "aligned_alloc",
                                                      "valloc",         "pvalloc",
                                                      "posix_memalign", "malloc_trim",
                                                      "mallopt",        "mallinfo",
                                                      "mallinfo2",      "malloc_stats",
                                                      "malloc_info",    "malloc_usable_size",
                                                      "reallocarray",   "__libc_memalign",
                                                      "__libc_malloc",  "__libc_free",
                                                      "cfree"};

// Functions of libc under whose frame a thread may hold a lock that dlopen needs, or wait for one
// with others in its hands. In glibc they are found with all that has dl in its name.
constexpr std::array<std::string_view, 26> kForbidden{"fork",
                                                      "_Fork",
                                                      "vfork",
                                                      "posix_spawn",
                                                      "posix_spawnp",
                                                      "pthread_atfork",
                                                      "__register_atfork",
                                                      "pthread_create",
                                                      "pthread_mutex_lock",
                                                      "pthread_mutex_timedlock",
                                                      "pthread_mutex_clocklock",
                                                      "pthread_rwlock_rdlock",
                                                      "pthread_rwlock_wrlock",
                                                      "__cxa_atexit",
                                                      "__cxa_finalize",
                                                      "__cxa_thread_atexit_impl",
                                                      "on_exit",
                                                      "exit",
                                                      "quick_exit",
                                                      "_exit",
                                                      "abort",
                                                      "setlocale",
                                                      "textdomain",
                                                      "bindtextdomain",
                                                      "iconv_open",
                                                      "__libc_freeres"};

// Upper bound of malloc.c: beyond it the layout is not what we think.
constexpr uint64_t kMaxAllocatorBytes = 64 * 1024;

bool HoldsLoaderLock(std::string_view name) {
  return name.starts_with("dl") || name.starts_with("_dl_") || name.starts_with("__libc_dl") ||
         name.ends_with("gettext");
}

// Soft RLIMIT_STACK in bytes; 0: unknown. By /proc: prlimit(2) wants CAP_SYS_RESOURCE.
uint64_t StackLimit(pid_t pid) {
  constexpr std::string_view kKey = "Max stack size";
  const auto text = proc::ReadFile("/proc/" + std::to_string(pid) + "/limits");
  const size_t line = text ? text->find(kKey) : std::string::npos;
  if (line == std::string::npos) return 0;
  const std::string_view value = std::string_view(*text).substr(line + kKey.size());
  const size_t first = value.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  if (value.substr(first).starts_with("unlimited")) return ~uint64_t{0};
  return proc::ParseNumber(value).value_or(0);
}

bool HasRoom(const Registers& registers, const std::vector<Mapping>& mappings,
             uint64_t stack_limit) {
  const size_t at = FindMapping(mappings, registers.rsp);
  if (at == mappings.size()) return false;
  const Mapping& stack = mappings[at];
  if (stack.path == "[stack]") {
    // It grows by itself; the frame must fit into what is there.
    return registers.rsp - stack.start > 2 * kFrameBytes &&
           stack.end - registers.rsp + kStackBytes < stack_limit;
  }
  // glibc keeps a thread's control block (fs) at the top of its stack, and a guard beneath. Signal
  // stacks, fibers and stacks in other memory are not like that: no telling where they end.
  return stack.Holds(registers.fs_base) && registers.fs_base > registers.rsp && at > 0 &&
         mappings[at - 1].is_guard() && mappings[at - 1].end == stack.start &&
         registers.rsp - stack.start > kStackBytes;
}

}  // namespace

SafePoints::SafePoints(const Memory& memory, const LoadedProgram& program)
    : memory_(memory), program_(program), stack_limit_(StackLimit(memory.pid())) {
  for (size_t i = 0; i < program.objects().size(); ++i) {
    if (program.IsLoader(i)) ForbidObject(i, "in the dynamic loader");
  }
  if (const auto probe = program.probe()) ForbidObject(*probe, "in the probe");
  const auto libc = program.libc();
  if (libc) {
    const Symbols& symbols = program.symbols(*libc);
    for (const std::string_view name : kForbidden) {
      ForbidFunction(*libc, name, "in " + std::string(name));
    }
    for (size_t i = 0; i < symbols.size(); ++i) {
      const std::string_view name = symbols.NameOf(i);
      if (symbols.IsDefinition(i) && HoldsLoaderLock(name)) {
        const uint64_t start = program.objects()[*libc].bias + symbols[i].st_value;
        forbidden_.push_back({start, start + symbols[i].st_size, "in " + std::string(name)});
      }
    }
  }
  ForbidAllocator();
}

void SafePoints::ForbidObject(size_t object, const std::string& what) {
  forbidden_.push_back({program_.objects()[object].start, program_.objects()[object].end, what});
}

void SafePoints::ForbidFunction(size_t object, std::string_view name, const std::string& what) {
  const Symbols& symbols = program_.symbols(object);
  for (const uint32_t i : symbols.DefinitionsOf(name)) {
    const uint64_t start = symbols.AddressOf(i);
    forbidden_.push_back({start, start + symbols[i].st_size, what});
  }
}

void SafePoints::ForbidAllocator() {
  const std::string what = "in the allocator";
  const auto libc = program_.libc();
  for (const std::string_view name : kAllocator) {
    const auto definition = program_.FindDefinition(name);
    if (!definition || definition->object == libc) continue;
    if (program_.objects()[definition->object].is_main_program) {
      is_allocator_in_program_ = true;
      ForbidFunction(definition->object, name, what);
    } else {
      ForbidObject(definition->object, what);
    }
  }
  // libc's own: the program may use it beside another one.
  if (!libc) return;
  const Symbols& symbols = program_.symbols(*libc);
  uint64_t first = ~uint64_t{0};
  uint64_t last = 0;
  for (const std::string_view name : kAllocator) {
    if (name == "reallocarray" || name == "cfree") continue;  // of another file
    for (const uint32_t i : symbols.DefinitionsOf(name)) {
      first = std::min(first, symbols[i].st_value);
      last = std::max(last, symbols[i].st_value + symbols[i].st_size);
      ForbidFunction(*libc, name, what);
    }
  }
  if (last < first || last - first > kMaxAllocatorBytes) return;
  // Inner functions have no names: up to the neighbours that have.
  uint64_t before = first > kMaxAllocatorBytes ? first - kMaxAllocatorBytes : 0;
  uint64_t after = last + kMaxAllocatorBytes;
  for (size_t i = 0; i < symbols.size(); ++i) {
    if (!symbols.IsDefinition(i) || ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC) continue;
    const uint64_t start = symbols[i].st_value;
    const uint64_t end = start + symbols[i].st_size;
    if (end <= first) before = std::max(before, end);
    if (start >= last) after = std::min(after, start);
  }
  const uint64_t bias = program_.objects()[*libc].bias;
  forbidden_.push_back({bias + before, bias + after, what});
}

std::string SafePoints::WhyNotHere(const std::vector<uint64_t>& frames, bool is_in_wait) const {
  const auto libc = program_.libc();
  // The outermost two or three belong to libc: they start the program or the thread.
  constexpr size_t kStartFrames = 3;
  for (size_t i = 0; i < frames.size(); ++i) {
    for (const Range& range : forbidden_) {
      if (frames[i] >= range.start && frames[i] < range.end) return range.what;
    }
    const bool is_libc = libc && program_.objects()[*libc].Holds(frames[i]);
    const bool is_start = i + kStartFrames >= frames.size() && i > 0;
    // Running in libc: in the middle of something, under whichever of its many locks.
    if (!is_in_wait && is_libc && !is_start) return "running in the C library";
  }
  if (is_allocator_in_program_ && !is_in_wait) {
    return "running in a program that has its allocator linked in";
  }
  return "";
}

std::string SafePoints::WhyNot(const Tracee& thread, const Registers& registers,
                               const std::vector<Mapping>& mappings) const {
  if (registers.cs != 0x33) return "runs 32-bit code";
  const bool is_in_wait = IsInWait(registers);
  if (thread.IsInRestartableSequence(registers)) return "in a restartable sequence";
  if (!HasRoom(registers, mappings, stack_limit_)) return "on a stack without known room";
  const Walk walk = WalkStack(memory_, program_, registers);
  // A frame that is not known may hide one of the allocator.
  if (!walk.is_complete || walk.frames.empty()) return "has a stack that cannot be walked";
  for (const uint64_t frame : walk.frames) {
    const size_t at = FindMapping(mappings, frame);
    if (at == mappings.size() || !mappings[at].is_executable) {
      return "has a stack that cannot be walked";
    }
  }
  return WhyNotHere(walk.frames, is_in_wait);
}

}  // namespace seep::attach
