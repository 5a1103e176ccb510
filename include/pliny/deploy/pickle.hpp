// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/pickle_bytes.hpp>
#include <pliny/deploy/safetensors_header.hpp>

namespace pliny::detail {

/// Reads a pickle of Python, protocols 2 to 5, without running any of it: globals must be among those that
/// are allowed, and a call is only noted down. Texts view the bytes. FileError with the file's name for all
/// else. Format: Lib/pickletools.py of CPython.
class Unpickler : PickleBytes {
public:
    static constexpr std::size_t value_limit = 2'000'000;

    /// `allowed`: "module name"; `dictionaries`, of them those whose calls make a dictionary.
    Unpickler(const std::filesystem::path& path, std::span<const std::byte> bytes,
              std::span<const std::string_view> allowed, std::span<const std::string_view> dictionaries)
        : PickleBytes(path, bytes), allowed_(allowed), dictionaries_(dictionaries) {}

    /// Reads one pickle, to its end; gives its value.
    std::uint32_t read() {
        stack_.clear();
        memo_.clear();
        memo_count_ = 0;
        for (;;) {
            const std::uint8_t code = byte();
            if (code == '.')
                return pop();
            instruction(code);
        }
    }
    /// Where the pickle that was read ends.
    using PickleBytes::position;

    const PickleValue& operator[](std::uint32_t value) const { return values_[value]; }
    std::size_t size() const { return values_.size(); }

private:
    using Kind = PickleValue::Kind;
    static constexpr std::uint32_t no_value = 0xffffffff;

    std::uint32_t make(PickleValue value) {
        if (values_.size() == value_limit)
            refuse("more than " + std::to_string(value_limit) + " values");
        values_.push_back(std::move(value));
        return static_cast<std::uint32_t>(values_.size() - 1);
    }
    void push(PickleValue value) { stack_.push_back(make(std::move(value))); }
    std::uint32_t top() const {
        if (stack_.empty() || values_[stack_.back()].kind == Kind::mark)
            refuse("an instruction without a value");
        return stack_.back();
    }
    std::uint32_t pop() {
        const std::uint32_t value = top();
        stack_.pop_back();
        return value;
    }
    std::vector<std::uint32_t> pop_to_mark() {
        const auto mark = std::find_if(stack_.rbegin(), stack_.rend(), [&](std::uint32_t value) {
            return values_[value].kind == Kind::mark;
        });
        if (mark == stack_.rend())
            refuse("an instruction without a mark");
        std::vector<std::uint32_t> taken(mark.base(), stack_.end());
        stack_.erase(mark.base() - 1, stack_.end());
        return taken;
    }
    PickleValue& of_kind(std::uint32_t value, Kind kind) {
        if (values_[value].kind != kind)
            refuse("an instruction for another type of value");
        return values_[value];
    }

    void append(const std::vector<std::uint32_t>& added) {
        auto& items = of_kind(top(), Kind::sequence).items;
        items.insert(items.end(), added.begin(), added.end());
    }
    void set_items(const std::vector<std::uint32_t>& added) {
        if (added.size() % 2 != 0)
            refuse("a key without a value");
        auto& items = of_kind(top(), Kind::dictionary).items;
        items.insert(items.end(), added.begin(), added.end());
    }
    void push_tuple(std::size_t size) {
        std::vector<std::uint32_t> items(size);
        for (std::size_t i = size; i-- > 0;)
            items[i] = pop();
        push({.kind = Kind::sequence, .items = std::move(items)});
    }

    void push_global(std::string_view module, std::string_view name) {
        const auto same = [&](std::string_view each) {
            return each.size() == module.size() + 1 + name.size() && each.starts_with(module) &&
                   each[module.size()] == ' ' && each.ends_with(name);
        };
        const auto found = std::find_if(allowed_.begin(), allowed_.end(), same);
        if (found == allowed_.end())
            file_error(path_, "found the Python object " +
                                  in_quotes(std::string(module) + "." + std::string(name)) +
                                  ", which was not run; expected tensors, numbers, text, lists and "
                                  "dictionaries only, as torch.save(model.state_dict(), file) writes");
        push({.kind = Kind::global, .integer = found - allowed_.begin(), .text = name});
    }
    void call() {
        const std::uint32_t arguments = pop(), callee = pop();
        const auto given = of_kind(arguments, Kind::sequence).items;
        const std::string_view name =
            allowed_[static_cast<std::size_t>(of_kind(callee, Kind::global).integer)];
        if (std::find(dictionaries_.begin(), dictionaries_.end(), name) == dictionaries_.end())
            return push({.kind = Kind::call, .items = {callee, arguments}});
        PickleValue dictionary{.kind = Kind::dictionary};
        if (!given.empty()) // Python 2: a list of pairs
            for (const std::uint32_t pair : of_kind(given[0], Kind::sequence).items) {
                const auto& items = of_kind(pair, Kind::sequence).items;
                if (items.size() != 2)
                    refuse("a key without a value");
                if (++copied_pairs_ > value_limit)
                    refuse("more than " + std::to_string(value_limit) + " entries");
                dictionary.items.insert(dictionary.items.end(), items.begin(), items.end());
            }
        push(std::move(dictionary));
    }
    /// A state that an object gets, such as the `_metadata` of a state dict, says nothing about tensors.
    void build() {
        pop();
        of_kind(top(), Kind::dictionary);
    }

    void remember(std::uint64_t place) {
        const std::uint32_t value = top();
        if (place >= value_limit)
            refuse("a memo of " + std::to_string(place) + " places");
        if (place >= memo_.size())
            memo_.resize(static_cast<std::size_t>(place) + 1, no_value);
        memo_count_ += memo_[static_cast<std::size_t>(place)] == no_value;
        memo_[static_cast<std::size_t>(place)] = value;
    }
    void recall(std::uint64_t place) {
        if (place >= memo_.size() || memo_[static_cast<std::size_t>(place)] == no_value)
            refuse("a value that was not remembered");
        stack_.push_back(memo_[static_cast<std::size_t>(place)]);
    }

    static std::int64_t with_sign(std::uint64_t number, std::size_t bytes) {
        const std::size_t unused = 8 * (8 - bytes);
        return bytes == 0 ? 0 : static_cast<std::int64_t>(number << unused) >> unused;
    }
    void push_long(std::uint64_t size) {
        if (size > 8)
            return push({.kind = Kind::large, .text = take(size)});
        const auto bytes = static_cast<std::size_t>(size);
        push({.kind = Kind::integer, .integer = with_sign(number(bytes), bytes)});
    }

    void instruction(std::uint8_t code) {
        switch (code) {
        case 0x80: // PROTO
            if (const int protocol = byte(); protocol < 2 || protocol > 5)
                refuse("protocol " + std::to_string(protocol));
            return;
        case 0x95: // FRAME
            take(8);
            return;
        case '(':
            return push({.kind = Kind::mark});
        case '0': // POP
            if (stack_.empty())
                refuse("an instruction without a value");
            return stack_.pop_back();
        case '1': // POP_MARK
            pop_to_mark();
            return;
        case '2': // DUP
            return stack_.push_back(top());
        case 'N':
            return push({.kind = Kind::nothing});
        case 0x88:
        case 0x89: // NEWTRUE, NEWFALSE
            return push({.kind = Kind::truth, .integer = code == 0x88});
        case 'K':
            return push({.kind = Kind::integer, .integer = byte()});
        case 'M':
            return push({.kind = Kind::integer, .integer = with_sign(number(2), 8)});
        case 'J':
            return push({.kind = Kind::integer, .integer = with_sign(number(4), 4)});
        case 0x8a: // LONG1
            return push_long(byte());
        case 0x8b: // LONG4
            return push_long(number(4));
        case 'G': { // big-endian
            std::uint64_t bits = 0;
            for (const char c : take(8))
                bits = bits << 8 | static_cast<std::uint8_t>(c);
            return push({.kind = Kind::real, .real = std::bit_cast<double>(bits)});
        }
        case 0x8c: // SHORT_BINUNICODE
        case 'U':  // SHORT_BINSTRING
            return push({.kind = Kind::text, .text = take(byte())});
        case 'X':
        case 'T': // BINUNICODE, BINSTRING
            return push({.kind = Kind::text, .text = take(number(4))});
        case 0x8d: // BINUNICODE8
            return push({.kind = Kind::text, .text = take(number(8))});
        case 'C':
            return push({.kind = Kind::bytes, .text = take(byte())});
        case 'B':
            return push({.kind = Kind::bytes, .text = take(number(4))});
        case ')':
        case ']':
        case 0x8f: // EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET
            return push({.kind = Kind::sequence});
        case 't':
        case 0x91: // TUPLE, FROZENSET
            return push({.kind = Kind::sequence, .items = pop_to_mark()});
        case 0x85:
        case 0x86:
        case 0x87:
            return push_tuple(code - 0x84u);
        case '}':
            return push({.kind = Kind::dictionary});
        case 'a': {
            const std::uint32_t value = pop();
            return append({value});
        }
        case 'e':
        case 0x90: // APPENDS, ADDITEMS
            return append(pop_to_mark());
        case 's': {
            const std::uint32_t value = pop(), key = pop();
            return set_items({key, value});
        }
        case 'u':
            return set_items(pop_to_mark());
        case 'c': {
            const std::string_view module = line();
            return push_global(module, line());
        }
        case 0x93: { // STACK_GLOBAL
            const std::uint32_t name = pop(), module = pop();
            return push_global(of_kind(module, Kind::text).text, of_kind(name, Kind::text).text);
        }
        case 'R':
        case 0x81: // REDUCE, NEWOBJ
            return call();
        case 'b':
            return build();
        case 'Q': {
            const std::uint32_t id = pop();
            return push({.kind = Kind::persistent, .items = {id}});
        }
        case 'q':
            return remember(byte());
        case 'r':
            return remember(number(4));
        case 0x94: // MEMOIZE
            return remember(memo_count_);
        case 'h':
            return recall(byte());
        case 'j':
            return recall(number(4));
        default:
            refuse("the instruction " + std::to_string(code));
        }
    }

    std::span<const std::string_view> allowed_, dictionaries_;
    std::vector<PickleValue> values_;
    std::vector<std::uint32_t> stack_, memo_;
    std::uint64_t memo_count_ = 0;
    std::size_t copied_pairs_ = 0;
};

} // namespace pliny::detail
