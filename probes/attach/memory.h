// SPDX-License-Identifier: Apache-2.0
// The memory of another process, from outside: no thread of it is stopped for that. Every address
// comes from the other process and may be wrong: a read that fails is an answer, not an error.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace seep::attach {

class Memory {
 public:
  explicit Memory(pid_t pid) : pid_(pid) {}

  pid_t pid() const { return pid_; }

  // All `bytes`, or false.
  bool Read(uint64_t address, void* to, size_t bytes) const;
  // As the page protections allow; not for read-only pages.
  bool Write(uint64_t address, const void* from, size_t bytes) const;

  template <typename T>
  std::optional<T> Read(uint64_t address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (!Read(address, &value, sizeof(value))) return std::nullopt;
    return value;
  }
  // `count` of T; empty when unreadable or more than kMaxBytes.
  template <typename T>
  std::vector<T> ReadMany(uint64_t address, size_t count) const {
    std::vector<T> values;
    if (count == 0 || count > kMaxBytes / sizeof(T)) return values;
    values.resize(count);
    if (!Read(address, values.data(), count * sizeof(T))) values.clear();
    return values;
  }
  // A NUL-terminated text of at most `limit` characters; what is readable of it.
  std::string ReadText(uint64_t address, size_t limit = 4096) const;

  // No table of a loaded object is larger: an insane size must not become an allocation of ours.
  static constexpr size_t kMaxBytes = size_t{256} << 20;

 private:
  pid_t pid_;
};

}  // namespace seep::attach
