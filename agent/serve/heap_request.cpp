// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/heap_request.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "agent/serve/label.h"

namespace seep::serve {
namespace {

constexpr size_t kMostNames = 20;  // in a refusal

std::unexpected<Refusal> Refuse(int status, std::string line) {
  return std::unexpected(Refusal{status, std::move(line)});
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Of a form: "+" is a blank, "%2F" a byte. What is no code stays as it is.
std::string Decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : std::nullopt;
    const auto low = high ? HexDigit(text[i + 2]) : std::nullopt;
    if (low) {
      decoded += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string_view TakeUntil(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<int> ParsePid(std::string_view text) {
  int pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

struct Query {
  std::optional<std::string> service;
  std::optional<int> pid;
};

std::expected<Query, Refusal> ParseQuery(std::string_view text) {
  Query query;
  while (!text.empty()) {
    std::string_view value = TakeUntil(text, '&');
    const std::string key = Decode(TakeUntil(value, '='));
    if (key == "service") {
      query.service = Decode(value);
    } else if (key == "pid") {
      query.pid = ParsePid(value);
      if (!query.pid) return Refuse(400, "pid is a number: ?pid=1234");
    } else if (key == "seconds") {
      return Refuse(400,
                    "seconds is not known here: get two profiles and give pprof the first "
                    "one by -diff_base");
    } else if (!(key == "gc" || (key == "debug" && value == "0") || key.empty())) {
      return Refuse(400, LabelValue(key) + " is not known: there are service and pid");
    }
  }
  return query;
}

std::string Join(const std::set<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < kMostNames) shown.push_back(LabelValue(name));
  }
  const char* more = names.size() > kMostNames ? ", ..." : "";
  return fmt::format("{}{}", fmt::join(shown, ", "), more);
}

const TargetState* FindProcess(const AgentSnapshot& snapshot, const std::string& service) {
  const TargetState* found = nullptr;
  for (const TargetState& target : snapshot.targets) {
    if (target.service != service) continue;
    if (found == nullptr || target.is_probe_active) found = &target;
    if (target.is_probe_active) break;
  }
  return found;
}

// The service that the query is of, by name.
std::expected<std::string, Refusal> ChooseService(const Query& query,
                                                  const AgentSnapshot& snapshot) {
  std::set<std::string> with_heap;
  for (const TargetState& target : snapshot.targets) {
    if (target.is_probe_active) with_heap.insert(target.service);
    if (!query.service && query.pid == target.pid) return target.service;
  }
  if (query.service) {
    const auto found = std::ranges::find(snapshot.services, *query.service, &ServiceState::name);
    if (found != snapshot.services.end()) return *query.service;
    return Refuse(404, with_heap.empty() ? "no service of that name is watched"
                                         : "no service of that name is watched; heap data have " +
                                               Join(with_heap));
  }
  if (query.pid) return Refuse(404, fmt::format("no process {} is watched", *query.pid));
  if (with_heap.empty()) return Refuse(404, "no service has heap data: none is under the probe");
  if (with_heap.size() == 1) return *with_heap.begin();
  return Refuse(400, "which service? Heap data have: " + Join(with_heap) + "; add ?service=NAME");
}

}  // namespace

std::expected<HeapRequest, Refusal> ChooseHeap(std::string_view text,
                                               const AgentSnapshot& snapshot) {
  const auto query = ParseQuery(text);
  if (!query) return std::unexpected(query.error());
  const auto service = ChooseService(*query, snapshot);
  if (!service) return std::unexpected(service.error());
  const TargetState* process = FindProcess(snapshot, *service);
  if (process == nullptr || !process->is_probe_active) {
    return Refuse(404, fmt::format("'{}' has no heap data: {}", LabelValue(*service),
                                   process != nullptr ? LabelValue(process->probe)
                                                      : "no process of it lives"));
  }
  const auto has_pid = [&](const TargetState& target) {
    return target.service == *service && target.pid == query->pid;
  };
  if (query->pid && std::ranges::none_of(snapshot.targets, has_pid)) {
    return Refuse(404, fmt::format("'{}' has no process {}", LabelValue(*service), *query->pid));
  }
  const auto found = std::ranges::find(snapshot.services, *service, &ServiceState::name);
  if (found == snapshot.services.end()) return Refuse(404, "the service has just gone");
  return HeapRequest{found->run, query->pid};
}

}  // namespace seep::serve
