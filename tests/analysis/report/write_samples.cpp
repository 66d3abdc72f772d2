// SPDX-License-Identifier: Apache-2.0
// seep_report_samples DIR: the samples in all formats, as DIR/NAME.FORMAT, for the tests that give
// them to their consumers (tests/end_to_end/test_formats.py).
#include <cstdio>
#include <fstream>

#include "samples.h"

int main(int argc, char** argv) {
  using namespace seep::report;
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIR\n", argv[0]);
    return 2;
  }
  const std::pair<const char*, std::string (*)(const ReportInput&)> formats[] = {
      {"text", &ToText},
      {"json", &ToJson},
      {"junit", &ToJunit},
      {"sarif", &ToSarif},
      {"markdown", &ToMarkdown}};
  for (const Sample& sample : Samples()) {
    for (const auto& [format, write] : formats) {
      const std::string path = std::string(argv[1]) + "/" + sample.name + "." + format;
      std::ofstream file(path, std::ios::binary);
      file << write(sample.fixture.Input());
      file.close();
      if (!file) {
        std::fprintf(stderr, "cannot write %s\n", path.c_str());
        return 1;
      }
    }
  }
  return 0;
}
