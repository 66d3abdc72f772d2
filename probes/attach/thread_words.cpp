// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/thread_words.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace seep::attach {
namespace {

// libc's per-thread block is 0x90 bytes in glibc 2.36.
constexpr uint64_t kMaxBlockBytes = 512;

bool IsText(const std::string& text) {
  return text.size() > 2 && std::all_of(text.begin(), text.end(),
                                        [](char c) { return (c >= ' ' && c < 127) || c == '\t'; });
}

}  // namespace

std::optional<int64_t> FindErrnoOffset(const Memory& memory, const LoadedProgram& program) {
  const auto libc = program.libc();
  const auto function =
      libc ? program.symbols(*libc).FindFunction("__errno_location") : std::nullopt;
  if (!function) return std::nullopt;
  // [endbr64]; mov OFFSET(%rip), %rax; add %fs:0, %rax; ret
  constexpr std::array<unsigned char, 4> kEndbr{0xf3, 0x0f, 0x1e, 0xfa};
  constexpr std::array<unsigned char, 3> kMove{0x48, 0x8b, 0x05};
  constexpr std::array<unsigned char, 10> kAddAndReturn{0x64, 0x48, 0x03, 0x04, 0x25,
                                                        0x00, 0x00, 0x00, 0x00, 0xc3};
  uint64_t at = *function;
  if (memory.Read<std::remove_const_t<decltype(kEndbr)>>(at) == kEndbr) at += kEndbr.size();
  const auto offset = memory.Read<int32_t>(at + kMove.size());
  const uint64_t next = at + kMove.size() + sizeof(int32_t);
  if (memory.Read<std::remove_const_t<decltype(kMove)>>(at) != kMove || !offset ||
      memory.Read<std::remove_const_t<decltype(kAddAndReturn)>>(next) != kAddAndReturn) {
    return std::nullopt;
  }
  return memory.Read<int64_t>(next + static_cast<uint64_t>(int64_t{*offset}));
}

std::string ReadLoaderError(const Memory& memory, uint64_t errno_address) {
  // glibc's struct dl_action_result (dlfcn/dlerror.h), to which a word near errno points.
  struct Failure {
    int error;
    char source;
    bool is_returned;
    uint64_t object;
    uint64_t text;
  };
  const uint64_t start = (errno_address - kMaxBlockBytes / 2) & ~uint64_t{7};
  for (const uint64_t word : memory.ReadMany<uint64_t>(start, kMaxBlockBytes / 8)) {
    const auto failure = memory.Read<Failure>(word & ~uint64_t{1});
    if (!failure || failure->text == 0 || failure->object == 0) continue;
    const std::string text = memory.ReadText(failure->text, 512);
    const std::string object = memory.ReadText(failure->object, 512);
    if (!IsText(text) || !(object.empty() || IsText(object))) continue;
    return object + (object.empty() ? "" : ": ") + text +
           (failure->error != 0 ? std::string(": ") + strerror(failure->error) : "");
  }
  return "";
}

}  // namespace seep::attach
