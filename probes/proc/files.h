// SPDX-License-Identifier: Apache-2.0
// Small files of /proc and cgroupfs as text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/model/error.h"

namespace seep::proc {

model::Result<std::string> ReadFile(const std::string& path);

// Line by line, without their ends: of files that grow with what a process has, and may be large.
model::Status ForEachLine(const std::string& path,
                          const std::function<void(std::string_view)>& use);

// The number after "KEY:" at the start of a line, times 1024 when "kB" follows.
std::optional<uint64_t> FindField(std::string_view text, std::string_view key);

// The number after "WORD " at the start of a line, as memory.stat has them.
std::optional<uint64_t> FindWord(std::string_view text, std::string_view word);

// Of /proc/PID/limits; nothing: unlimited, or not there.
std::optional<uint64_t> FindSoftLimit(std::string_view limits, std::string_view name);

// Takes the first line, without its end, and the first word behind blanks.
std::string_view TakeLine(std::string_view* text);
std::string_view TakeWord(std::string_view* line);

// A decimal number at the start of `text`, after blanks.
std::optional<uint64_t> ParseNumber(std::string_view text);

}  // namespace seep::proc
