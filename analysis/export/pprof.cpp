// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/pprof.h"

#include <cmath>
#include <unordered_map>
#include <utility>

#include "analysis/export/proto.h"
#include "storage/gzip/gzip.h"

namespace seep::exports {
namespace {

// Field numbers of profile.proto.
namespace field {
enum Profile {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kComment = 13,
  kDefaultSampleType = 14,
};
enum ValueType { kType = 1, kUnit = 2 };
enum Sample { kLocationId = 1, kValue = 2, kLabel = 3 };
enum Label { kKey = 1, kStr = 2, kNum = 3 };
enum Mapping {
  kMappingId = 1,
  kMemoryLimit = 3,
  kFilename = 5,
  kBuildId = 6,
  kHasFunctions = 7,
  kHasFilenames = 8,
  kHasLineNumbers = 9,
  kHasInlineFrames = 10,
};
enum Location { kId = 1, kMappingOf = 2, kAddress = 3, kLine = 4 };
enum Line { kFunctionId = 1, kLineNumber = 2 };
enum Function { kFunctionOf = 1, kName = 2, kSystemName = 3, kSourceFile = 4 };
}  // namespace field

// Addresses are those of the ELF file, so that a mapping begins at 0. Its end is not known; one
// that is the same in all profiles lets pprof find the modules of two profiles to be alike.
constexpr uint64_t kEndOfAddresses = uint64_t{1} << 47;

class Writer {
 public:
  explicit Writer(const Profile& profile) : profile_(profile) { Intern(""); }

  std::string Write(SampleType shown) {
    for (const SampleTypeInfo& type : kSampleTypes) {
      message_.Message(field::kSampleType, ValueType(type.name, type.unit));
    }
    message_.Number(field::kDefaultSampleType, Intern(InfoOf(shown).name));
    for (const Sample& sample : profile_.samples) WriteSample(sample);
    for (size_t i = 0; i < profile_.modules.size(); ++i) WriteMapping(i);
    for (size_t i = 0; i < profile_.locations.size(); ++i) WriteLocation(i);
    message_.Number(field::kTimeNanos, profile_.time_ns);
    message_.Number(field::kDurationNanos, static_cast<int64_t>(profile_.duration_s * 1e9));
    message_.Message(field::kPeriodType, ValueType("space", "bytes"));
    message_.Number(field::kPeriod, profile_.interval_bytes);
    std::vector<uint64_t> comments;
    for (const std::string& comment : profile_.comments) comments.push_back(Intern(comment));
    message_.Packed(field::kComment, comments);
    for (const std::string_view text : strings_) message_.Text(field::kStringTable, text);
    return gzip::Compress(message_.bytes());
  }

 private:
  uint64_t Intern(std::string_view text) {
    const auto [entry, is_new] = string_ids_.try_emplace(std::string(text), strings_.size());
    if (is_new) strings_.push_back(entry->first);
    return entry->second;
  }

  ProtoMessage ValueType(const char* type, const char* unit) {
    ProtoMessage value_type;
    value_type.Number(field::kType, Intern(type));
    value_type.Number(field::kUnit, Intern(unit));
    return value_type;
  }

  void WriteLabel(ProtoMessage& sample, const char* key, std::string_view text) {
    ProtoMessage label;
    label.Number(field::kKey, Intern(key));
    label.Number(field::kStr, Intern(text));
    sample.Message(field::kLabel, label);
  }

  void WriteSample(const Sample& sample) {
    ProtoMessage message;
    std::vector<uint64_t> ids;
    for (const size_t location : sample.locations) ids.push_back(location + 1);
    std::vector<uint64_t> values;
    for (const SampleTypeInfo& type : kSampleTypes) {
      values.push_back(static_cast<uint64_t>(std::llround(sample.amounts.*type.amount)));
    }
    message.Packed(field::kLocationId, ids);
    message.Packed(field::kValue, values);
    WriteLabel(message, "process", sample.process);
    WriteLabel(message, "kind", model::ToString(sample.kind));
    if (sample.pid) {
      ProtoMessage label;
      label.Number(field::kKey, Intern("pid"));
      label.Number(field::kNum, int64_t{*sample.pid});
      message.Message(field::kLabel, label);
    }
    message_.Message(field::kSample, message);
  }

  void WriteMapping(size_t index) {
    const model::Module& module = profile_.modules[index];
    ProtoMessage mapping;
    mapping.Number(field::kMappingId, uint64_t{index + 1});
    mapping.Number(field::kMemoryLimit, kEndOfAddresses);
    mapping.Number(field::kFilename, Intern(module.path));
    mapping.Number(field::kBuildId, Intern(module.build_id));
    // As far as they can be found. pprof would look for them again, and does not go on when the
    // daemon, where the profile came from, does not tell.
    for (const int flag : {field::kHasFunctions, field::kHasFilenames, field::kHasLineNumbers,
                           field::kHasInlineFrames}) {
      mapping.Number(flag, uint64_t{true});
    }
    message_.Message(field::kMapping, mapping);
  }

  void WriteLocation(size_t index) {
    const Location& location = profile_.locations[index];
    ProtoMessage message;
    message.Number(field::kId, uint64_t{index + 1});
    if (location.module) message.Number(field::kMappingOf, uint64_t{*location.module + 1});
    message.Number(field::kAddress, location.address);
    for (const model::SourceFrame& source : location.lines) {
      ProtoMessage line;
      line.Number(field::kFunctionId, FunctionOf(source));
      line.Number(field::kLineNumber, int64_t{source.line});
      message.Message(field::kLine, line);
    }
    message_.Message(field::kLocation, message);
  }

  uint64_t FunctionOf(const model::SourceFrame& line) {
    const uint64_t name = Intern(line.function);
    const uint64_t file = Intern(line.file);
    const auto [entry, is_new] = functions_.try_emplace(name << 32 | file, functions_.size() + 1);
    if (is_new) {
      ProtoMessage function;
      function.Number(field::kFunctionOf, uint64_t{entry->second});
      function.Number(field::kName, name);
      function.Number(field::kSystemName, name);
      function.Number(field::kSourceFile, file);
      message_.Message(field::kFunction, function);
    }
    return entry->second;
  }

  const Profile& profile_;
  ProtoMessage message_;
  std::unordered_map<std::string, uint64_t> string_ids_;
  std::vector<std::string_view> strings_;             // of string_ids_, by id
  std::unordered_map<uint64_t, uint64_t> functions_;  // by name and file
};

}  // namespace

std::string ToPprof(const Profile& profile, SampleType shown) {
  return Writer(profile).Write(shown);
}

}  // namespace seep::exports
