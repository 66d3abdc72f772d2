// SPDX-License-Identifier: Apache-2.0
// Readers of the files of load tools, one a format, line by line. docs/load.md says what each takes
// as an answer, an error and an operation. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "probes/endpoint/answer.h"

namespace seep::endpoint {

enum class LoadFormat { kK6Json, kK6Csv, kJmeter, kLocust, kAutocannon, kHey };

std::string_view ToString(LoadFormat format);  // "k6-json", "jmeter", ...
std::optional<LoadFormat> ParseLoadFormat(std::string_view name);
// "k6-json, k6-csv, ...", for messages.
std::string LoadFormatNames();

// By a line of the file, mostly the first one; nothing: it tells nothing.
std::optional<LoadFormat> TellFormat(std::string_view line);

class LoadReader {
 public:
  virtual ~LoadReader() = default;
  // A line without its end; what it tells goes to `sink`, now or with a later one. False: it is
  // none of this format, or contradicts itself, and is passed over.
  virtual bool Read(std::string_view line, AnswerSink& sink) = 0;
  // Another file begins (rotation). What a line of the last one left unsaid is dropped.
  virtual void Restart() {}
  // The file is complete: it was last written at `modified_at_s` (CLOCK_REALTIME). Tells what only
  // then can be told.
  virtual void Complete(double /*modified_at_s*/, AnswerSink& /*sink*/) {}
  // It says nothing before Complete: the tool writes at its end.
  virtual bool is_told_at_the_end() const { return false; }
};

std::unique_ptr<LoadReader> MakeLoadReader(LoadFormat format);

// One a file.
std::unique_ptr<LoadReader> MakeK6JsonReader();
std::unique_ptr<LoadReader> MakeK6CsvReader();
std::unique_ptr<LoadReader> MakeJmeterReader();
std::unique_ptr<LoadReader> MakeLocustReader();
std::unique_ptr<LoadReader> MakeAutocannonReader();
std::unique_ptr<LoadReader> MakeHeyReader();

}  // namespace seep::endpoint
