// SPDX-License-Identifier: Apache-2.0
// What becomes of stacks on their way to a format; tests/end_to_end/test_export.py has the readers.
#include "analysis/export/profile.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analysis/export/flame_graph.h"
#include "analysis/export/pprof.h"
#include "analysis/export/proto.h"
#include "storage/gzip/gzip.h"
#include "tests/analysis/export/example_run.h"

using namespace seep;
using namespace seep::exports;

namespace {

// Two addresses of one function, and one with a call that was inlined.
const std::map<uint64_t, std::vector<model::SourceFrame>> kSymbols{
    {0x101, {{.function = "Keep;It(int)", .file = "keep.cpp", .line = 3, .module = "shop"}}},
    {0x301,
     {{.function = "Inner\n\xff",
       .file = "keep.cpp",
       .line = 9,
       .module = "shop",
       .is_inlined = true},
      {.function = "Outer()", .file = "keep.cpp", .line = 5, .module = "shop"}}},
    {0x201, {{.function = "main", .file = "main.cpp", .line = 1, .module = "shop"}}}};

void AddAll(const model::RunData& data, ProfileBuilder& builder, double sign = 1) {
  std::map<model::ModuleId, const model::Module*> modules;
  for (const model::Module& module : data.modules) modules[module.id] = &module;
  for (const StackAmounts& stack : MeasureStacks(data, {.pid = {}, .program = {}})) {
    std::vector<Call> calls;
    for (const model::Frame& frame : stack.history->stack.frames) {
      calls.push_back({frame, kSymbols.at(frame.address)});
    }
    builder.Add(stack, calls, modules, sign);
  }
}

Profile ExampleProfile() {
  const model::RunData data = ExampleRun();
  ProfileBuilder builder(data.run, /*has_pids=*/true);
  AddAll(data, builder);
  return std::move(builder).Take();
}

}  // namespace

TEST_CASE("stacks of two images of a process are one sample, of two processes two") {
  const Profile profile = ExampleProfile();
  REQUIRE(profile.samples.size() == 4);
  CHECK(profile.samples[0].pid == 10);
  CHECK(profile.samples[0].amounts.live_bytes == 1000);
  CHECK(profile.samples[0].amounts.alloc_bytes == 2400);
  CHECK(profile.samples[0].locations == profile.samples[2].locations);
  CHECK(profile.samples[2].pid == 11);
  REQUIRE(profile.modules.size() == 1);
  CHECK(profile.locations[0].address == 0x100);  // of the call
  CHECK(profile.locations[profile.samples[3].locations[0]].lines[0].function.starts_with(
      "[no stack"));
  CHECK(profile.time_ns == 1'100'000'000'000);
}

TEST_CASE("what both runs have cancels") {
  const model::RunData data = ExampleRun();
  model::RunData base = data;
  base.stacks[1].points.back().live_bytes = 1400;
  ProfileBuilder builder(data.run, /*has_pids=*/false);
  AddAll(data, builder);
  AddAll(base, builder, -1);
  const Profile profile = std::move(builder).Take();
  REQUIRE(profile.samples.size() == 1);
  CHECK(profile.samples[0].amounts.live_bytes == -400);
  CHECK_FALSE(profile.samples[0].pid);
  const FunctionStacks stacks = MergeByFunction(profile, SampleType::kInuseSpace);
  CHECK(stacks.stacks.empty());
  CHECK(stacks.fallen_stacks == 1);
  CHECK(stacks.fallen_total == -400);
}

TEST_CASE("folded: a line a path, its weight last") {
  CHECK(ToFolded(MergeByFunction(ExampleProfile(), SampleType::kInuseSpace)) ==
        "shop (pid 10);main;Keep:It(int) 1000\n"
        "shop (pid 10);main;Outer();Inner?\xef\xbf\xbd 20\n"
        "disk (pid 12);[no stack: the probe's table is full] 7\n");
}

TEST_CASE("speedscope has the names as they are and the sum of all") {
  const auto json = nlohmann::json::parse(
      ToSpeedscope(MergeByFunction(ExampleProfile(), SampleType::kInuseObjects),
                   SampleType::kInuseObjects, "a \xff run", "seep"));
  CHECK(json["name"] == "a \xef\xbf\xbd run");
  CHECK(json["profiles"][0]["unit"] == "none");
  CHECK(json["profiles"][0]["endValue"] == 103);
  CHECK(json["shared"]["frames"][0]["name"] == "Keep;It(int)");
  CHECK(json["shared"]["frames"][0]["file"] == "keep.cpp");
}

TEST_CASE("numbers of a message are in the groups of seven bits that the format asks for") {
  ProtoMessage message;
  message.Number(1, uint64_t{150});
  message.Number(2, int64_t{-1});
  message.Number(3, uint64_t{0});
  message.Text(16, "hi");
  message.Packed(4, std::vector<uint64_t>{3, 270});
  CHECK(message.bytes() == std::string("\x08\x96\x01"
                                       "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                       "\x82\x01\x02hi"
                                       "\x22\x03\x03\x8e\x02"));
}

TEST_CASE("pprof: the same bytes each time, and no string that is not UTF-8") {
  const std::string packed = ToPprof(ExampleProfile(), SampleType::kInuseSpace);
  CHECK(packed == ToPprof(ExampleProfile(), SampleType::kInuseSpace));
  const std::string content = *gzip::Decompress(packed, 1 << 20);
  for (const char* text : {"inuse_space", "c0ffee", "/usr/bin/shop", "Keep;It(int)", "Inner?"}) {
    CHECK_THAT(content, Catch::Contains(text));
  }
  // The table of strings begins with the empty one: field 6 of length 0.
  CHECK(content.find(std::string("\x32\x00\x32", 3)) != std::string::npos);
}
