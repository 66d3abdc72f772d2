// SPDX-License-Identifier: Apache-2.0
// The fixture programs, their addresses, and addr2line as the oracle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/stack.h"

namespace seep::symbols::test {

struct FunctionRange {
  std::string linker_name;
  uint64_t low = 0;
  uint64_t high = 0;
};

std::string FixturePath(const std::string& name);
model::Module ModuleAt(const std::string& path);  // with the build id of the file as it is now

// By `nm -S`: functions with a size, ascending, each address once.
std::vector<FunctionRange> FunctionsOf(const std::string& path);
FunctionRange FunctionNamed(const std::string& path, std::string_view linker_name);
// `wanted` addresses spread evenly over all bytes of the functions.
std::vector<uint64_t> SampleAddresses(const std::vector<FunctionRange>& functions, size_t wanted);

// `addr2line -a -f -C -i -e path`, one list of frames for each address.
std::vector<std::vector<model::SourceFrame>> AskAddr2line(const std::string& path,
                                                          const std::vector<uint64_t>& addresses);

std::string Run(const std::string& command);  // its standard output
std::string Describe(const std::vector<model::SourceFrame>& frames);

// An empty folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace seep::symbols::test
