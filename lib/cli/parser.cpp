// The only file that includes CLI11, which takes five seconds to compile.
#include "cli/parser.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>

#include "cli/describe.h"
#include "cli/files.h"
#include "core/error.h"

namespace athanor::cli {
namespace {

const Field* field_named(const std::vector<Field>& fields, std::string_view name) {
  const auto it = std::ranges::find_if(fields, [name](const Field& field) {
    return !field.positional() && std::ranges::count(split(field.names, ','), name) > 0;
  });
  return it == fields.end() ? nullptr : &*it;
}

/// CLI11 would take the next word for the empty value of `--name=`, and any value for a switch.
void check_joined_values(const std::vector<Field>& fields, std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (word == "--") return;
    const size_t equals = word.find('=');
    if (equals == std::string::npos || !word.starts_with("--")) continue;
    const Field* field = field_named(fields, word.substr(0, equals));
    if (!field) continue;
    if (field->kind == FieldKind::flag) fail(ErrorKind::usage, "{} takes no value", word.substr(0, equals));
    if (equals + 1 == word.size()) fail(ErrorKind::usage, "{} lacks a value", word.substr(0, equals));
  }
}

CLI::Option* add_option(CLI::App& app, const Field& field) {
  const auto accept = [](const CLI::results_t&) { return true; };
  CLI::Option* option =
      field.kind == FieldKind::flag ? app.add_flag(field.names) : app.add_option(field.names, accept)->expected(1);
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

[[noreturn]] void refuse_unknown(const std::vector<Field>& fields, const std::string& word) {
  std::vector<std::string> known;
  for (const Field& field : fields)
    if (!field.positional() && !field.hidden)
      for (std::string& name : split(field.names, ',')) known.push_back(std::move(name));
  const std::string name = word.substr(0, word.find('=')), near = closest(name, known);
  if (near.empty()) fail(ErrorKind::usage, "unknown option '{}' (see --help)", name);
  fail(ErrorKind::usage, "unknown option '{}' (did you mean '{}'?)", name, near);
}

bool concerns_manner_only(const Field& field) {
  constexpr std::array<std::string_view, 3> names{"--force", "--quiet", "--verbose"};
  return std::ranges::count(names, field.label()) > 0;
}

/// The words given for each field. CLI11 takes the options; the positional arguments are what it leaves, because it
/// would split a file name in brackets as if it were a list.
class Parser {
 public:
  explicit Parser(const std::vector<Field>& fields) : fields_(fields), words_(fields.size()) {
    app_.set_help_flag();
    app_.allow_extras();
    for (const Field& field : fields) options_.push_back(field.positional() ? nullptr : add_option(app_, field));
  }

  void parse_options(std::span<const std::string> words) {
    try {
      app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the end
    } catch (const CLI::ArgumentMismatch&) {
      fail(ErrorKind::usage, "{} lacks a value", words.back());
    } catch (const CLI::ParseError& error) {
      fail(ErrorKind::usage, "{}", error.what());
    }
    for (size_t i = 0; i < fields_.size(); ++i)
      if (options_[i]) words_[i] = options_[i]->results();
  }

  void parse_positionals() {
    bool options_ended = false;
    for (const std::string& word : app_.remaining()) {
      if (!options_ended && word == "--")
        options_ended = true;
      else if (!options_ended && looks_like_option(word))
        refuse_unknown(fields_, word);
      else
        next_positional(word).push_back(word);
    }
  }

  void set(bool (*wanted)(const Field&)) const {
    for (size_t i = 0; i < fields_.size(); ++i)
      if (!words_[i].empty() && wanted(fields_[i])) set_one(fields_[i], words_[i]);
  }

  void check_required() const {
    for (size_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].required && words_[i].empty())
        fail(ErrorKind::usage, "{} is required: {}", fields_[i].label(), fields_[i].help);
  }

  std::vector<std::string> recorded() const {
    std::vector<std::string> record;
    std::vector<size_t> used(fields_.size(), 0);
    for (const CLI::Option* option : app_.parse_order()) {
      const size_t i = size_t(std::ranges::find(options_, option) - options_.begin());
      const std::string& value = words_[i][used[i]++];
      if (is_output(fields_[i]) || concerns_manner_only(fields_[i])) continue;
      record.push_back(split(fields_[i].names, ',').front());
      if (fields_[i].kind != FieldKind::flag) record.push_back(as_recorded(fields_[i], value));
    }
    for (size_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].positional() && !is_output(fields_[i]))
        for (const std::string& word : words_[i]) record.push_back(as_recorded(fields_[i], word));
    return record;
  }

 private:
  /// Inputs go by their own names: in which folder somebody kept them is nobody's business.
  static std::string as_recorded(const Field& field, const std::string& word) {
    if (field.kind != FieldKind::input) return word;
    const std::filesystem::path path = std::filesystem::path(word).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  std::vector<std::string>& next_positional(const std::string& word) {
    for (size_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].positional() && (fields_[i].list || words_[i].empty())) return words_[i];
    fail(ErrorKind::usage, "unexpected argument '{}'", word);
  }

  static void set_one(const Field& field, const std::vector<std::string>& words) {
    const bool file = field.kind == FieldKind::input || is_output(field);
    if (file && std::ranges::count(words, "")) fail(ErrorKind::usage, "{}: expected a file, got ''", field.label());
    try {
      field.set(words);
    } catch (const Error& error) {
      throw error.in(field.label());
    }
  }

  const std::vector<Field>& fields_;
  CLI::App app_;
  std::vector<const CLI::Option*> options_;      ///< null for positional arguments
  std::vector<std::vector<std::string>> words_;  ///< of each field
};

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

void CommonOptions::fields(Fields& v) {
  if (writes) {
    v.opt("--force", force, "replace outputs that exist");
    v.opt("--no-history", no_history, "record in the output neither this command nor those that led to its inputs");
    v.opt("--hash-inputs", hash_inputs, "record the SHA-256 of whole input files instead of that of their headers");
  }
  v.opt("-q,--quiet", quiet, "no progress and no remarks, only errors");
  v.opt("-v,--verbose", verbose, "say more on standard error");
  v.opt("-h,--help", help, "print this page");
  v.opt("--version", version, "print the version");
  v.hidden("--describe", describe, "print what the tool says of itself", one_of(description_forms()));
}

std::vector<std::string> parse(const std::vector<Field>& fields, const CommonOptions& common,
                               std::span<const std::string> words) {
  check_joined_values(fields, words);
  Parser parser(fields);
  parser.parse_options(words);
  parser.set([](const Field& field) { return field.kind == FieldKind::flag; });
  if (common.answers()) return {};
  parser.set([](const Field& field) { return field.hidden; });
  if (common.answers()) return {};
  parser.parse_positionals();
  parser.set([](const Field& field) { return field.kind != FieldKind::flag && !field.hidden; });
  parser.check_required();
  return parser.recorded();
}

std::string closest(std::string_view name, std::span<const std::string> known) {
  std::string best;
  size_t best_distance = 3;
  for (const std::string& candidate : known) {
    if (candidate.size() < 4) continue;  // every short option is near every other
    const size_t d = distance(name, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace athanor::cli
