// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/model/descriptor.h"

namespace seep::proc {

model::Result<std::string> ReadFile(const std::string& path) {
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return model::FailErrno(path);
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t bytes;
  while ((bytes = read(fd.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(bytes));
  }
  // A process that ends while its files are read answers ESRCH here.
  if (bytes < 0) return model::FailErrno(path);
  return text;
}

model::Status ForEachLine(const std::string& path,
                          const std::function<void(std::string_view)>& use) {
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return model::FailErrno(path);
  std::string rest;
  std::array<char, 16384> buffer;
  ssize_t bytes;
  while ((bytes = read(fd.get(), buffer.data(), buffer.size())) > 0) {
    rest.append(buffer.data(), static_cast<size_t>(bytes));
    std::string_view text = rest;
    while (text.find('\n') != std::string_view::npos) use(TakeLine(&text));
    rest.erase(0, rest.size() - text.size());
  }
  if (bytes < 0) return model::FailErrno(path);
  if (!rest.empty()) use(rest);
  return {};
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data() + first, end, value).ec != std::errc{}) return std::nullopt;
  return value;
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

std::string_view TakeWord(std::string_view* line) {
  line->remove_prefix(std::min(line->find_first_not_of(' '), line->size()));
  const std::string_view word = line->substr(0, line->find(' '));
  line->remove_prefix(word.size());
  return word;
}

std::optional<uint64_t> FindWord(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    if (line.starts_with(word) && line.substr(word.size(), 1) == " ") {
      return ParseNumber(line.substr(word.size()));
    }
  }
  return std::nullopt;
}

// "Max address space         unlimited            unlimited            bytes", proc(5)
std::optional<uint64_t> FindSoftLimit(std::string_view limits, std::string_view name) {
  const size_t at = limits.find(name);
  return at == std::string_view::npos ? std::nullopt : ParseNumber(limits.substr(at + name.size()));
}

std::optional<uint64_t> FindField(std::string_view text, std::string_view key) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(key) || line.substr(key.size(), 1) != ":") continue;
    const auto value = ParseNumber(line.substr(key.size() + 1));
    if (!value) return std::nullopt;
    return line.ends_with("kB") ? *value * 1024 : *value;
  }
  return std::nullopt;
}

}  // namespace seep::proc
