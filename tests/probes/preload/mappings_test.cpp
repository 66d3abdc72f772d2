// SPDX-License-Identifier: Apache-2.0
// What the ledger holds of anonymous mappings: to the byte, whatever is unmapped of them, and how.
#include <algorithm>

#include "probes/ledger/estimate.h"
#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

constexpr double kPage = 4096;

struct Mapped {
  std::vector<double> pages;  // of each region, in order of size
  double counted_pages = 0;   // by the counters: mapped - unmapped
  double counted_regions = 0;
  uint64_t losses = 0;
};

Mapped ReadMapped(const std::string& path) {
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  const auto snapshot = reader->Read();
  REQUIRE(snapshot);
  std::vector<bool> is_mapping(snapshot->new_stacks.size());
  for (const ledger::StackRecord& stack : snapshot->new_stacks) {
    is_mapping[stack.slot] = stack.kind == model::StackKind::kMapping;
  }
  Mapped mapped;
  mapped.losses = snapshot->losses[ledger::kLossMapping];
  for (const ledger::LiveRecord& region : snapshot->live) {
    if (!is_mapping[region.slot]) continue;
    // Whatever T is: weight 1, no variance.
    const auto estimate = ledger::EstimateBlock(region.size_bytes, region.interval_bytes);
    CHECK(estimate.objects == 1);
    CHECK(estimate.variance == 0);
    mapped.pages.push_back(estimate.bytes / kPage);
  }
  std::sort(mapped.pages.begin(), mapped.pages.end());
  for (const ledger::StackCounters& stack : snapshot->counters) {
    if (!is_mapping[stack.slot]) continue;
    mapped.counted_pages += (stack.alloc_bytes - stack.free_bytes) / kPage;
    mapped.counted_regions += stack.alloc_objects - stack.free_objects;
  }
  return mapped;
}

// Sampled as usual: mappings are exact all the same.
Mapped RunWay(const std::string& way) {
  INFO(way);
  const PreloadedChild run({SEEP_MAPPING_CALLER_PATH, way}, "128K");
  REQUIRE(run.wait_status == 0);
  REQUIRE(run.Ledgers().size() == 1);
  return ReadMapped(run.Ledgers()[0]);
}

void CheckLeft(const std::string& way, const std::vector<double>& pages) {
  INFO(way);
  const Mapped mapped = RunWay(way);
  CHECK(mapped.pages == pages);
  double sum = 0;
  for (const double size : pages) sum += size;
  CHECK(mapped.counted_pages == sum);
  CHECK(mapped.counted_regions == static_cast<double>(pages.size()));
}

}  // namespace

TEST_CASE("what is left of a mapping is known to the page") {
  CheckLeft("parts", {1, 3});
  CheckLeft("fixed", {1, 4});
  CheckLeft("shrinks", {5});
  CheckLeft("refused", {5});
  CheckLeft("no-room", {1, 2, 2});  // all there, in the parts in which it came back
  CheckLeft("unseen-unmap", {5});
}

TEST_CASE("reservations and files are no anonymous memory") {
  CheckLeft("uncounted", {});
}

TEST_CASE("a fork child has mappings of its own, a vfork child those of its parent") {
  CheckLeft("vfork", {5});
  const PreloadedChild run({SEEP_MAPPING_CALLER_PATH, "fork"});
  CHECK(run.wait_status == 0);
  REQUIRE(run.Ledgers().size() == 2);
  std::vector<double> all;
  for (const std::string& path : run.Ledgers()) {
    const Mapped mapped = ReadMapped(path);
    all.insert(all.end(), mapped.pages.begin(), mapped.pages.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector<double>{2, 5});
}

TEST_CASE("a child forked while threads map takes over nothing of what they were doing") {
  const PreloadedChild run({SEEP_MAPPING_CALLER_PATH, "fork-storm"});
  CHECK(run.wait_status == 0);
  size_t children = 0;
  for (const std::string& path : run.Ledgers()) {
    const Mapped mapped = ReadMapped(path);
    children += mapped.pages == std::vector<double>{2} && mapped.losses == 0 ? 1 : 0;
  }
  CHECK(children == 60);
}

TEST_CASE("threads and signal handlers that map and unmap at once leave nothing behind") {
  CheckLeft("threads", {5});
  CheckLeft("signals", {5});
}
