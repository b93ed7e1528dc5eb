#!/usr/bin/env perl
# A multilayer perceptron with backpropagation written by hand in Perl (5.10 or later), with nothing but its core
# modules, as a program that backproof checks:
#
#     npx backproof gradcheck --candidate-command "perl examples/languages/perl/my_mlp.pl" --dataset xor
#
# Each backward function stands below its forward function. Matrices are arrays of rows; B examples, I inputs of a
# layer, O its units, K outputs of the network. The JSON reader stands below the network. With --mistake it makes the
# mistake that ../../README.md shows.
use strict;
use warnings FATAL => 'all';    # a warning such as "3x" isn't numeric ends the request
use List::Util qw(max sum);
use POSIX qw(tanh);

my $mistake = grep { $_ eq '--mistake' } @ARGV;

# ---- A dense layer: z = x W + b        x (B, I)   W (I, O)   b (O)   z (B, O)

sub dense {
    my ($x, $W, $b) = @_;
    my @z;
    for my $row (@$x) {
        my @total = @$b;
        for my $i (0 .. $#$W) {
            my $value = $row->[$i] or next;    # four of five pixels of MNIST are 0
            my $o = 0;
            $total[$o++] += $value * $_ for @{ $W->[$i] };
        }
        push @z, \@total;
    }
    return \@z;
}

# dW (I, O) = xᵀ dz, db (O) = Σ_b dz
sub dense_backward {
    my ($dz, $x) = @_;
    my @db = (0) x @{ $dz->[0] };
    my @dW = map { [@db] } @{ $x->[0] };
    for my $r (0 .. $#$dz) {
        my $d = $dz->[$r];
        $db[$_] += $d->[$_] for 0 .. $#db;
        for my $i (0 .. $#dW) {
            my $value = $x->[$r][$i] or next;
            my ($dWi, $o) = ($dW[$i], 0);
            $dWi->[$o++] += $value * $_ for @$d;
        }
    }
    return (\@dW, \@db);
}

# dx (B, I) = dz Wᵀ
sub dense_backward_inputs {
    my ($dz, $W) = @_;
    return [map { my $d = $_; [map { my $w = $_; sum map { $d->[$_] * $w->[$_] } 0 .. $#$d } @$W] } @$dz];
}

# ---- Activations: a from a score z; and da/dz from z and a

sub sigmoid { my ($z) = @_; return $z >= 0 ? 1 / (1 + exp(-$z)) : exp($z) / (1 + exp($z)) }    # never exp of a large number

my %ACTIVATION = (
    linear  => sub { $_[0] },
    relu    => sub { $_[0] > 0 ? $_[0] : 0 },
    sigmoid => \&sigmoid,
    tanh    => sub { tanh($_[0]) },
);
my %SLOPE = (
    linear  => sub { 1 },
    relu    => sub { my ($z, $a) = @_; $z > 0 ? 1 : 0 },
    sigmoid => sub { my ($z, $a) = @_; $a * (1 - $a) },
    tanh    => sub { my ($z, $a) = @_; 1 - $a * $a },
);

sub activate {    # a (B, O)
    my ($f, $z) = ($ACTIVATION{ $_[0] }, $_[1]);
    return [map { [map { $f->($_) } @$_] } @$z];
}

sub activate_backward {    # dz (B, O) = da · da/dz
    my ($slope, $da, $z, $a) = ($SLOPE{ $_[0] }, @_[1 .. 3]);
    return entries(sub { $_[0] * $slope->($_[1], $_[2]) }, $da, $z, $a);
}

# A matrix computed entry by entry from matrices of its shape.
sub entries {
    my ($f, @m) = @_;
    return [map { my $r = $_; [map { my $o = $_; $f->(map { $_->[$r][$o] } @m) } 0 .. $#{ $m[0][$r] }] } 0 .. $#{ $m[0] }];
}

# ---- Outputs with their losses, means over the batch: z, p and targets t (B, K)

# log p = z - log Σ e^z; the largest score is subtracted first, so that exp cannot overflow
sub log_softmax {
    my ($z) = @_;
    my $largest = max @$z;
    my $total   = $largest + log(sum map { exp($_ - $largest) } @$z);
    return [map { $_ - $total } @$z];
}

sub softmax { my ($z) = @_; return [map { [map { exp } @{ log_softmax($_) }] } @$z] }    # p (B, K)

# The loss and its gradient: of z for cross-entropy (softmax included), of p for mse.
my %LOSS = (
    'cross-entropy' => sub {    # L = -1/B Σ_b Σ_k t log p      dz = (p - t) / B
        my ($z, $p, $t) = @_;
        my $B    = @$t;
        my $logp = [map { log_softmax($_) } @$z];
        my $loss = -sum map { @$_ } @{ entries(sub { $_[0] * $_[1] / $B }, $t, $logp) };
        my $dz   = entries(sub { ($_[0] - $_[1]) / $B }, $p, $t);
        $dz = entries(sub { $_[0] - $_[1] }, $p, $t) if $mistake;
        return ($loss, $dz);
    },
    'mse' => sub {              # L = 1/(B K) Σ_b Σ_k (p - t)²   dp = 2 (p - t) / (B K)
        my ($z, $p, $t) = @_;
        my $n    = @$t * @{ $t->[0] };
        my $loss = sum map { @$_ } @{ entries(sub { ($_[0] - $_[1])**2 / $n }, $p, $t) };
        return ($loss, entries(sub { 2 * ($_[0] - $_[1]) / $n }, $p, $t));
    },
);

# ---- The whole network

# One [x, z, a] per layer: what entered it, its scores, and its activations.
sub forward {
    my ($network, $parameters, $x) = @_;
    my @kept;
    for my $l (0 .. $#$parameters) {
        my $name = $network->{layers}[$l]{activation};
        my $z    = dense($x, $parameters->[$l]{weights}, $parameters->[$l]{bias});
        my $a    = $name eq 'softmax' ? softmax($z) : activate($name, $z);
        push @kept, [$x, $z, $a];
        $x = $a;
    }
    return @kept;
}

sub loss_and_gradients {
    my ($network, $parameters, $inputs, $targets) = @_;
    my @kept = forward($network, $parameters, $inputs);
    my ($loss, $d) = $LOSS{ $network->{loss} }->(@{ $kept[-1] }[1, 2], $targets);
    my @gradients;
    for my $l (reverse 0 .. $#kept) {
        my ($x, $z, $a) = @{ $kept[$l] };
        my $name = $network->{layers}[$l]{activation};
        my $dz   = $name eq 'softmax' ? $d : activate_backward($name, $d, $z, $a);
        my ($dW, $db) = dense_backward($dz, $x);
        unshift @gradients, { weights => $dW, bias => $db };
        $d = dense_backward_inputs($dz, $parameters->[$l]{weights}) if $l > 0;    # the gradient of the inputs is not needed
    }
    return ($loss, \@gradients);
}

# ---- Optimizers: one step changes the rows w by their gradients g and returns what the next step needs

my %OPTIMIZER = (
    sgd => sub {    # w ← w - lr g
        my ($w, $g, $state, $t, $o) = @_;
        for my $r (0 .. $#$w) { $w->[$r][$_] -= $o->{learningRate} * $g->[$r][$_] for 0 .. $#{ $w->[$r] } }
        return undef;
    },
    adam => sub {    # w ← w - lr m̂ / (√v̂ + ε); both moments start at 0, so the first ones are too small
        my ($w, $g, $state, $t, $o) = @_;
        my ($b1, $b2, $lr, $epsilon) = @$o{qw(beta1 beta2 learningRate epsilon)};
        my ($c1, $c2) = (1 - $b1**$t, 1 - $b2**$t);
        $state //= { map { $_ => [map { [(0) x @$_] } @$w] } qw(m v) };
        for my $r (0 .. $#$w) {
            my ($wr, $gr, $m, $v) = ($w->[$r], $g->[$r], $state->{m}[$r], $state->{v}[$r]);
            for my $i (0 .. $#$wr) {
                $m->[$i] = $b1 * $m->[$i] + (1 - $b1) * $gr->[$i];
                $v->[$i] = $b2 * $v->[$i] + (1 - $b2) * $gr->[$i]**2;
                $wr->[$i] -= $lr * ($m->[$i] / $c1) / (sqrt($v->[$i] / $c2) + $epsilon);
            }
        }
        return $state;
    },
);

# ---- JSON: JSON::PP, a core module, takes more than a second for the numbers of one request of MNIST

# The value that starts where the last match in $_ ended. A row of numbers is one match and one split.
sub value {
    if (/\G\s*\[(?=\s*[-\d])/gc) {
        my $end = index $_, ']', pos;
        die "an array without an end\n" if $end < 0;
        my @numbers = split /,/, substr($_, pos, $end - pos), -1;
        pos = $end + 1;
        return \@numbers;
    }
    if (/\G\s*\[/gc) {
        my @values;
        push @values, value() until after(\@values, ']');
        return \@values;
    }
    if (/\G\s*\{/gc) {
        my @fields;
        until (after(\@fields, '}')) {
            my $name = value();
            /\G\s*:/gc or die "the request: expected ':'\n";
            push @fields, [$name, value()];
        }
        return { map { @$_ } @fields };
    }
    return $1 if /\G\s*"((?:[^"\\]|\\.)*+)"/gc;                   # names, which need no escapes
    return $1 if /\G\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    return undef if /\G\s*null\b/gc;
    return $1 eq 'true' if /\G\s*(true|false)\b/gc;
    die "the request: expected a value\n";
}

# Whether an array or object ends here. If it does not, steps over the comma before the next item.
sub after {
    my ($so_far, $close) = @_;
    return 1 if /\G\s*\Q$close\E/gc;
    !@$so_far or /\G\s*,/gc or die "the request: expected ',' or '$close'\n";
    return 0;
}

# 17 digits read back to the same number. JSON has no form for NaN and infinity: they are written as strings.
sub json_row {
    my $text = sprintf join(',', ('%.17g') x @_), @_;
    $text =~ s/(-?)inf\w*|-?nan/defined $1 ? qq("$1Infinity") : '"NaN"'/gie if $text =~ /n/i;
    return "[$text]";
}

sub json_matrix { return '[' . join(',', map { json_row(@$_) } @_) . ']' }

sub json_layers {
    return '[' . join(',', map { '{"weights":' . json_matrix(@{ $_->{weights} }) . ',"bias":' . json_row(@{ $_->{bias} }) . '}' } @_) . ']';
}

# ---- The protocol: one request per line, one answer per line. docs/protocol.md describes both.

# Refuses a network that the code above cannot compute.
sub check {
    my ($network) = @_;
    my ($loss, @names) = ($network->{loss}, map { $_->{activation} } @{ $network->{layers} });
    exists $LOSS{$loss} or die "loss $loss is not implemented\n";
    my $last = pop @names // die "a network without layers\n";
    exists $ACTIVATION{$_} or die "activation $_ is not implemented\n" for @names;
    my $fits = $loss eq 'cross-entropy' ? $last eq 'softmax' : exists $ACTIVATION{$last};
    $fits or die "an output of $last with $loss is not implemented\n";
}

# Every row of the weights, and every bias.
sub rows { return [map { @{ $_->{weights} }, $_->{bias} } @_] }

my %ANSWER = (
    describe => sub {
        return '"protocol":"backproof-candidate/1","name":"my mlp in Perl","conventions":{},"can":["gradients","predict","applyGradients"]';
    },
    gradients => sub {
        my ($request) = @_;
        check($request->{network});
        my ($loss, $gradients) = loss_and_gradients(@$request{qw(network parameters inputs targets)});
        return sprintf '"loss":%s,"gradients":%s', json_row($loss) =~ /\[(.*)\]/, json_layers(@$gradients);
    },
    predict => sub {
        my ($request) = @_;
        check($request->{network});
        my @kept = forward(@$request{qw(network parameters inputs)});
        return '"outputs":' . json_matrix(@{ $kept[-1][2] });
    },
    applyGradients => sub {
        my ($request) = @_;
        my ($o, $parameters) = @$request{qw(optimizer parameters)};
        my $update = $OPTIMIZER{ $o->{id} } // die "optimizer $o->{id} is not implemented\n";
        my $state = $update->(rows(@$parameters), rows(@{ $request->{gradients} }), @$request{qw(state step)}, $o);
        $state = defined $state ? sprintf('{"m":%s,"v":%s}', map { json_matrix(@$_) } @$state{qw(m v)}) : 'null';
        return '"parameters":' . json_layers(@$parameters) . qq(,"state":$state);
    },
);

$| = 1;
while (<STDIN>) {
    my $id   = 'null';
    my $text = eval {
        my $request = value();
        /\G\s*$/gc or die "something behind the request\n";
        ref $request eq 'HASH' or die "the request: expected an object\n";
        $id = $request->{id} // die "id is missing\n";
        $id = qq("$id") if $id !~ /^-?\d+$/;
        my $name = $request->{request} // die "request is missing\n";
        my $answer = $ANSWER{$name} // die "request $name is not implemented\n";
        $answer->($request);
    };
    if (!defined $text) {
        (my $reason = $@) =~ s/[^\w .,:;()'{}-]+/ /g;    # no character that JSON would have to escape
        $reason =~ s/\s+$//;
        $text = qq("error":"$reason");
    }
    print qq({"id":$id,$text}\n);
}
