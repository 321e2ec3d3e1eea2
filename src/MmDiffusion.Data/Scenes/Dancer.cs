using SkiaSharp;

namespace MmDiffusion.Data.Scenes;

/// <summary>
/// A person: head and hair, a body in a shirt, arms, and legs in trousers or under a skirt. Heights are shares of the person's.
/// </summary>
internal sealed class Dancer
{
    private const double Torso = 0.25;
    private const double Arm = 0.145;
    private const double Leg = 0.205;
    private const double HeadRadius = 0.085;

    private readonly SKColor _skin;
    private readonly SKColor _hair;
    private readonly SKColor _shirt;
    private readonly SKColor _trousers;
    private readonly bool _skirt;
    private readonly int _hairStyle;

    internal Dancer(SceneRandom random)
    {
        _skin = Colours.Hsv(random.Uniform(0.05, 0.08), random.Uniform(0.3, 0.6), random.Uniform(0.55, 1));
        _hair = random.Integer(3) switch
        {
            0 => Colours.Hsv(0.05, 0.5, 0.1),
            1 => Colours.Hsv(0.04, 0.75, 0.32),
            _ => Colours.Hsv(0.125, 0.75, 0.9),
        };
        var hue = random.Uniform();
        _shirt = Colours.Hsv(hue, random.Uniform(0.05, 0.85), 0.97);
        _skirt = random.Chance(0.4);
        _trousers = _skirt ? _shirt : Colours.Hsv(hue + random.Uniform(0.35, 0.65), random.Uniform(0.2, 0.7), random.Uniform(0.45, 0.85));
        _hairStyle = random.Integer(3);
    }

    /// <summary>Draws the dancer standing on the floor.</summary>
    /// <param name="stage">What on.</param>
    /// <param name="pose">How.</param>
    /// <param name="x">Where.</param>
    /// <param name="floor">Height of the floor.</param>
    /// <param name="size">Height of the dancer.</param>
    /// <param name="bend">How far the knees give, in frame heights.</param>
    /// <param name="light">The colour of the lights.</param>
    /// <param name="flash">How bright they are, 0 … 1.</param>
    internal void Draw(Stage stage, DancePose pose, double x, double floor, double size, double bend, SKColor light, double flash)
    {
        var (left, right) = (pose.LeftLeg.Reach(Leg), pose.RightLeg.Reach(Leg));
        var hip = Landscape.Point(x, floor - size * Math.Max(left.Y, right.Y) + bend - 0.025);
        var (sine, cosine) = (Math.Sin(pose.Lean), Math.Cos(pose.Lean));
        var chest = Along(hip, 0, Torso * 0.9);
        var (leftShoulder, rightShoulder) = (Along(hip, -0.075, Torso * 0.93), Along(hip, 0.075, Torso * 0.93));
        var (shirt, trousers, skin) = (Lit(_shirt), Lit(_trousers), Lit(_skin));
        if (_hairStyle == 2) stage.Line(0.11 * size, Lit(_hair), Along(hip, 0, Torso + 0.13), Along(hip, 0, Torso - 0.02));
        DrawLeg(pose.LeftLeg, -0.04, trousers.Towards(SKColors.Black, 0.28), skin.Towards(SKColors.Black, 0.25));
        DrawLeg(pose.RightLeg, 0.04, trousers, skin);
        DrawArm(pose.LeftArm, leftShoulder, shirt.Towards(SKColors.Black, 0.28), skin.Towards(SKColors.Black, 0.25));
        stage.Line(0.055 * size, skin, chest, Along(hip, 0, Torso + 0.06)); // The neck.
        stage.Shape(
            shirt,
            Along(hip, -0.065, -0.01),
            Along(hip, -0.105, Torso * 0.95),
            Along(hip, -0.05, Torso + 0.02),
            Along(hip, 0.05, Torso + 0.02),
            Along(hip, 0.105, Torso * 0.95),
            Along(hip, 0.065, -0.01));
        if (_skirt)
            stage.Shape(trousers, Along(hip, -0.06, 0.06), Along(hip, 0.06, 0.06), Along(hip, 0.17, -0.17), Along(hip, -0.17, -0.17));
        else stage.Line(0.11 * size, trousers, Along(hip, -0.02, 0), Along(hip, 0.02, 0));
        DrawArm(pose.RightArm, rightShoulder, shirt, skin);
        var head = Along(hip, 0, Torso + 0.04 + HeadRadius);
        stage.Disc(head.X, head.Y - size * 0.015, size * HeadRadius * 1.1, Lit(_hair));
        if (_hairStyle == 1) stage.Disc(head.X, head.Y - size * HeadRadius * 1.35, size * 0.04, Lit(_hair));
        stage.Oval(head.X, head.Y + size * 0.018, size * HeadRadius * 0.86, size * HeadRadius * 0.9, skin);

        SKColor Lit(SKColor colour) => colour.Towards(light, 0.12).Towards(SKColors.White, 0.3 * flash);

        SKPoint Along(SKPoint from, double across, double up) =>
            Landscape.Point(from.X + size * (across * cosine + up * sine), from.Y + size * (across * sine - up * cosine));

        void DrawLeg(DanceLimb limb, double across, SKColor trouser, SKColor foot)
        {
            var from = Along(hip, across, 0.01);
            var (knee, ankle) = Joints(limb, from, Leg * size);
            stage.Line(0.085 * size, _skirt ? foot : trouser, from, knee);
            stage.Line(0.068 * size, _skirt ? foot : trouser, knee, ankle);
            var toe = Math.Sign(limb.Lower + limb.Upper) * 0.035 * size;
            stage.Line(0.05 * size, Lit(_hair), ankle, Landscape.Point(ankle.X + toe, ankle.Y + 0.012 * size));
        }

        void DrawArm(DanceLimb limb, SKPoint from, SKColor sleeve, SKColor hand)
        {
            var (elbow, wrist) = Joints(limb, from, Arm * size);
            stage.Line(0.055 * size, hand, elbow, wrist);
            stage.Line(0.07 * size, sleeve, from, elbow);
            stage.Disc(wrist.X, wrist.Y, 0.036 * size, hand);
        }
    }

    private static (SKPoint Middle, SKPoint End) Joints(DanceLimb limb, SKPoint from, double length)
    {
        var reach = limb.Reach(length);
        return (Landscape.Point(from.X + length * Math.Sin(limb.Upper), from.Y + length * Math.Cos(limb.Upper)), Landscape.Point(
            from.X + reach.X,
            from.Y + reach.Y));
    }
}
