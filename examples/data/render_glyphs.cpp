// SPDX-License-Identifier: Apache-2.0
// Renders the letters A to J of the installed fonts into folders like notMNIST's, as a stand-in for it:
//
//     render_glyphs --out glyphs --per-letter 7000 --seed 0
//
// writes glyphs/A/00000.png to glyphs/J/06999.png (28 x 28, grey, white on black), fonts.txt, and
// stand-in.txt, which makes pliny::NotMnist say what the images are. The same seed, fonts and version of
// FreeType give the same images. Ctrl-C leaves nothing behind.

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numbers>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ft2build.h>
#include <png.h>
#include FT_FREETYPE_H
#include FT_BBOX_H
#include FT_OUTLINE_H

namespace {

namespace fs = std::filesystem;

constexpr std::string_view letters = "ABCDEFGHIJ";
constexpr int side = 28;
constexpr double units = 64; // of FreeType's coordinates per pixel
using Pixels = std::array<std::uint8_t, side * side>;

volatile std::sig_atomic_t interrupted_by = 0;

/// The user pressed Ctrl-C, or the program was asked to end.
struct Interrupted {};

/// What is wrong with the command line: exit code 2; anything else that fails: 1.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// FreeType, from its start to its end.
class FreeType {
public:
    FreeType() {
        if (FT_Init_FreeType(&library_) != 0)
            throw std::runtime_error("FreeType does not start");
    }
    ~FreeType() { FT_Done_FreeType(library_); }
    FreeType(const FreeType&) = delete;
    FreeType& operator=(const FreeType&) = delete;
    FT_Library get() const { return library_; }

private:
    FT_Library library_ = nullptr;
};

/// The contour of a glyph; a copy that may be changed.
class Outline {
public:
    Outline(FT_Library library, const FT_Outline& original) : library_(library) {
        if (FT_Outline_New(library, static_cast<FT_UInt>(original.n_points), original.n_contours,
                           &outline_) != 0)
            throw std::runtime_error("FreeType cannot copy a glyph");
        FT_Outline_Copy(&original, &outline_);
    }
    Outline(const Outline& other) : Outline(other.library_, other.outline_) {}
    Outline& operator=(const Outline&) = delete;
    ~Outline() { FT_Outline_Done(library_, &outline_); }

    /// Every point (x, y) becomes (xx x + xy y + dx, yx x + yy y + dy).
    void transform(double xx, double xy, double yx, double yy, double dx = 0, double dy = 0) {
        for (int i = 0; i < outline_.n_points; ++i) {
            const auto x = static_cast<double>(outline_.points[i].x),
                       y = static_cast<double>(outline_.points[i].y);
            outline_.points[i] = {std::lround(xx * x + xy * y + dx), std::lround(yx * x + yy * y + dy)};
        }
    }
    /// Makes all strokes wider by `strength` units.
    void embolden(double strength) { FT_Outline_Embolden(&outline_, std::lround(strength)); }

    FT_BBox box() {
        FT_BBox box{};
        FT_Outline_Get_BBox(&outline_, &box);
        return box;
    }
    /// The glyph as it lies on 28 x 28 pixels with the origin below on the left, 255 where it covers a pixel.
    Pixels drawn() {
        Pixels pixels{};
        FT_Bitmap bitmap{};
        bitmap.rows = bitmap.width = side;
        bitmap.pitch = side;
        bitmap.buffer = pixels.data();
        bitmap.num_grays = 256;
        bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
        if (FT_Outline_Get_Bitmap(library_, &outline_, &bitmap) != 0)
            throw std::runtime_error("FreeType cannot draw a glyph");
        return pixels;
    }

private:
    FT_Library library_;
    FT_Outline outline_{};
};

/// A font that has the ten letters, and their contours at `em` units.
struct Font {
    static constexpr int pixels_per_em = 512;
    static constexpr double em = pixels_per_em * units;

    std::string name;
    std::vector<Outline> glyphs;
};

/// How an image differs from the plain glyph; the values given change nothing but the size.
struct Variation {
    double slant = 0;             // shift to the right per height
    double rotation = 0;          // radians, counterclockwise
    double aspect = 1;            // width of the glyph over that of the plain one
    double weight = 0;            // wider strokes, in em
    double fill = 1;              // the longer side of the glyph over that of the image
    double right = 0.5, up = 0.5; // where the glyph lies: 0 left or below, 1 right or above
};

Pixels draw(Outline glyph, const Variation& how) {
    glyph.embolden(how.weight * Font::em);
    const double cosine = std::cos(how.rotation), sine = std::sin(how.rotation);
    glyph.transform(cosine * how.aspect, cosine * how.slant - sine, sine * how.aspect,
                    sine * how.slant + cosine);
    const FT_BBox box = glyph.box();
    const auto left = static_cast<double>(box.xMin), below = static_cast<double>(box.yMin);
    const double width = static_cast<double>(box.xMax) - left, height = static_cast<double>(box.yMax) - below;
    const double scale = how.fill * side * units / std::max({width, height, 1.0});
    // The free space of the narrower direction is used at most by a tenth of the image: notMNIST's are
    // centred.
    const auto place = [&](double length, double share) {
        const double free = side * units - scale * length, most = std::min(free, 0.1 * side * units);
        return (free - most) / 2 + share * most;
    };
    glyph.transform(scale, 0, 0, scale, place(width, how.right) - scale * left,
                    place(height, how.up) - scale * below);
    return glyph.drawn();
}

/// The same numbers on every machine, unlike those of std::uniform_real_distribution.
double between(double low, double high, std::mt19937_64& random) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
}

Variation random_variation(std::mt19937_64& random) {
    constexpr double degree = std::numbers::pi / 180;
    Variation how;
    how.slant = between(-0.15, 0.15, random);
    how.rotation = between(-8 * degree, 8 * degree, random);
    how.aspect = between(0.85, 1.15, random);
    how.weight = between(0, 0.04, random);
    how.fill = between(0.85, 1, random);
    how.right = between(0, 1, random);
    how.up = between(0, 1, random);
    return how;
}

/// Adds the face to `fonts` if it has all ten letters, none of them empty and no two alike.
void add_face(FT_Library library, FT_Face face, const fs::path& file, std::vector<Font>& fonts) {
    if (!FT_IS_SCALABLE(face) || FT_Select_Charmap(face, FT_ENCODING_UNICODE) != 0 ||
        FT_Set_Pixel_Sizes(face, 0, Font::pixels_per_em) != 0)
        return;
    const auto text = [](const char* name) { return std::string(name ? name : "unnamed"); };
    Font font{text(face->family_name) + ", " + text(face->style_name) + ", " + file.filename().string(), {}};
    std::set<Pixels> images;
    for (const char letter : letters) {
        const FT_UInt index = FT_Get_Char_Index(face, static_cast<FT_ULong>(letter));
        if (index == 0 || FT_Load_Glyph(face, index, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0 ||
            face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
            return;
        try {
            images.insert(draw(font.glyphs.emplace_back(library, face->glyph->outline), {}));
        } catch (const std::runtime_error&) {
            return;
        }
    }
    if (images.size() == letters.size() && !images.contains(Pixels{}))
        fonts.push_back(std::move(font));
}

/// The usable fonts in `folders` and the folders in them, in the order of their files' paths, each file once.
std::vector<Font> find_fonts(FT_Library library, const std::vector<fs::path>& folders) {
    constexpr FT_Long most_faces = 64;
    std::set<fs::path> files;
    for (const auto& folder : folders) {
        std::error_code error;
        fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
        for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
            std::string ending = entry->path().extension().string();
            std::transform(ending.begin(), ending.end(), ending.begin(),
                           [](unsigned char letter) { return std::tolower(letter); });
            std::error_code unusable;
            if (std::set<std::string>{".ttf", ".otf", ".ttc", ".otc", ".pfb", ".t1"}.contains(ending) &&
                entry->is_regular_file(unusable))
                files.insert(fs::canonical(entry->path(), unusable));
        }
    }
    std::vector<Font> fonts;
    for (const auto& file : files) {
        for (FT_Long index = 0, count = 1; index < std::min(count, most_faces); ++index) {
            FT_Face face = nullptr;
            if (FT_New_Face(library, file.c_str(), index, &face) != 0)
                break;
            const std::unique_ptr<FT_FaceRec_, decltype(&FT_Done_Face)> owner(face, &FT_Done_Face);
            count = face->num_faces;
            add_face(library, face, file, fonts);
        }
    }
    return fonts;
}

/// A new folder beside its final place, which it takes at the end; otherwise it is removed with all in it.
class FolderInTheMaking {
public:
    explicit FolderInTheMaking(fs::path place) : place_(std::move(place)) {
        fs::create_directories(place_.parent_path());
        folder_ = place_.parent_path() /
                  ("." + place_.filename().string() + ".partial-" + std::to_string(::getpid()));
        if (!fs::create_directory(folder_)) {
            const std::string name = std::exchange(folder_, {}).string();
            throw std::runtime_error(name + ": found a folder of that name; expected none");
        }
    }
    ~FolderInTheMaking() {
        std::error_code ignored;
        if (!folder_.empty())
            fs::remove_all(folder_, ignored);
    }
    FolderInTheMaking(const FolderInTheMaking&) = delete;
    FolderInTheMaking& operator=(const FolderInTheMaking&) = delete;

    const fs::path& path() const { return folder_; }
    void finish() {
        fs::rename(folder_, place_); // an empty folder is replaced, another one is not
        folder_.clear();
    }

private:
    fs::path place_, folder_;
};

void write_png(const fs::path& file, const Pixels& pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = side;
    image.format = PNG_FORMAT_GRAY;
    if (!png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr))
        throw std::runtime_error(file.string() + ": cannot be written: " + image.message);
}

void write_text(const fs::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary);
    if (!(stream << text).flush())
        throw std::runtime_error(file.string() + ": cannot be written");
}

void write_letters(const fs::path& folder, const std::vector<Font>& fonts, int per_letter,
                   std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t letter = 0; letter < letters.size(); ++letter) {
        const fs::path place = folder / std::string(1, letters[letter]);
        fs::create_directory(place);
        for (int i = 0; i < per_letter; ++i) {
            if (interrupted_by != 0)
                throw Interrupted{};
            const Font& font = fonts[static_cast<std::size_t>(i) % fonts.size()];
            std::array<char, 16> name{};
            std::snprintf(name.data(), name.size(), "%05d.png", i);
            write_png(place / name.data(), draw(font.glyphs[letter], random_variation(random)));
        }
    }
    std::string names;
    for (const Font& font : fonts)
        names += font.name + "\n";
    write_text(folder / "fonts.txt", names);
    write_text(folder / "stand-in.txt", "glyphs A-J rendered from " + std::to_string(fonts.size()) +
                                            " fonts by render_glyphs, seed " + std::to_string(seed) + "\n");
}

/// The absolute path of a folder that is new or empty; throws `UsageError` for any other.
fs::path free_place(const fs::path& asked) {
    fs::path place = fs::absolute(asked).lexically_normal();
    if (!place.has_filename())
        place = place.parent_path();
    if (fs::exists(fs::symlink_status(place))) {
        if (!fs::is_directory(place) || !fs::is_empty(place))
            throw UsageError("--out " + asked.string() +
                             ": found something there; expected a new or an empty folder");
        place = fs::canonical(place);
    }
    return place;
}

void run(const fs::path& out, const std::vector<fs::path>& folders, int per_letter, std::uint64_t seed) {
    const fs::path place = free_place(out);
    const FreeType freetype;
    const std::vector<Font> fonts = find_fonts(freetype.get(), folders);
    if (fonts.empty()) {
        std::string where;
        for (const auto& folder : folders)
            where += (where.empty() ? "" : ", ") + folder.string();
        throw std::runtime_error("found no font with the letters A to J in " + where +
                                 "; expected one (Debian: fonts-dejavu-core), or its folder as --fonts");
    }
    FolderInTheMaking folder(place);
    write_letters(folder.path(), fonts, per_letter, seed);
    folder.finish();
    std::printf("%s: %d images of each letter A to J, from %zu fonts\n", out.c_str(), per_letter,
                fonts.size());
}

} // namespace

int main(int argc, char** argv) {
    fs::path out;
    std::vector<fs::path> folders{"/usr/share/fonts", "/usr/local/share/fonts"};
    int per_letter = 7000;
    std::uint64_t seed = 0;
    CLI::App app("Renders the letters A to J of fonts into folders like those of notMNIST");
    app.option_defaults()->always_capture_default();
    app.add_option("--out", out, "A new or an empty folder")->required();
    app.add_option("--fonts", folders, "Folders of fonts")->check(CLI::ExistingDirectory);
    app.add_option("--per-letter", per_letter, "Images of each letter")->check(CLI::Range(1, 1'000'000));
    app.add_option("--seed", seed, "The variations follow from it");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int number) { interrupted_by = number; });
    try {
        run(out, folders, per_letter, seed);
    } catch (const Interrupted&) {
        std::fprintf(stderr, "render_glyphs: interrupted, nothing is left\n");
        return 128 + interrupted_by;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "render_glyphs: %s\n", error.what());
        return dynamic_cast<const UsageError*>(&error) ? 2 : 1;
    }
}
